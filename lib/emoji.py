"""What is one emoji (UTS #51, ED-13 to ED-17)."""

import re

_PICTURE = (
    "[©®\u203c-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
    "(?:\ufe0f|[\U0001f3fb-\U0001f3ff])?(?:[\U000e0020-\U000e007e]+\U000e007f)?"
)
_ONE = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURE}(?:\u200d{_PICTURE})*")


def is_emoji(text: str) -> bool:
    """Whether the text is one emoji: a flag, a key with a number, or a picture with its skin, hair and company."""
    return _ONE.fullmatch(text) is not None
