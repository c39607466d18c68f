"""A bar chart as SVG: `python -m benchmarks.plot TITLE < figures > chart.svg`; a line of figures is `name: value`."""

import sys
from html import escape

WIDTH, LEFT, ROW, TOP = 720, 170, 26, 44


def chart(title: str, bars: list[tuple[str, float]]) -> str:
    """Bars from zero, the longest as wide as there is room; our own ones stand out."""
    most = max(value for _, value in bars)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{TOP + ROW * len(bars) + 10}" '
        'font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="10" y="24" font-size="15" fill="#222">{escape(title)}</text>',
    ]
    for n, (name, value) in enumerate(bars):
        y, wide = TOP + ROW * n, (WIDTH - LEFT - 90) * value / most
        fill = "#2563eb" if name.startswith("ours") else "#9ca3af"
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end" fill="#222">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{wide:.1f}" height="{ROW - 8}" fill="{fill}"/>',
            f'<text x="{LEFT + wide + 6:.1f}" y="{y + 14}" fill="#222">{value:,.0f}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    figures = [line.rpartition(":") for line in sys.stdin if line.strip()]
    sys.stdout.write(chart(sys.argv[1], [(name, float(value)) for name, _, value in figures]))


if __name__ == "__main__":
    main()
