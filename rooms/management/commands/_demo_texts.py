"""What the made-up community of `manage.py demo` talks about.

A talk is a few lines, `a: …` said by its first speaker, `b> …` a reply to the line before. In braces: a word of the
room's list, `{a}` a speaker's first name, `{@a}` the same as a mention. Other lines go on with the one before.
Talks are parted by an empty line.
"""

from typing import NamedTuple

#: Username, display name. The first one may open the admin; the first eight own the rooms below.
PEOPLE = [
    ("ann", "Ann Weaver"),
    ("bob", "Bob Castellan"),
    ("chiara", "Chiara Lombardi"),
    ("dmitri", "Dmitri Volkov"),
    ("esi", "Esi Mensah"),
    ("farid", "Farid Nazari"),
    ("grete", "Grete Lindqvist"),
    ("hiro", "Hiro Tanaka"),
    ("ines", "Inês Carvalho"),
    ("jonas", "Jonas Müller"),
    ("kavya", "Kavya Raman"),
    ("lucia", "Lucía Ortega"),
    ("mateusz", "Mateusz Kowalski"),
    ("nora", "Nora Haddad"),
    ("oskar", "Oskar Nyman"),
    ("priya", "Priya Desai"),
    ("quentin", "Quentin Moreau"),
    ("rosa", "Rosa Almeida"),
    ("samira", "Samira Benali"),
    ("tomas", "Tomás Herrera"),
]

#: What some of them say of themselves, by username.
PROFILES = {
    "ann": {"title": "Keeps this server running", "time_zone": "Europe/London"},
    "bob": {
        "title": "Carpenter",
        "bio": "Builds shelves. Always has a spare screw.",
        "time_zone": "Europe/Vienna",
    },
    "chiara": {
        "title": "Cook",
        "bio": "Sourdough on Saturdays, tomatoes all summer.\nAsk me about seeds.",
        "time_zone": "Europe/Rome",
        "status_emoji": "🌴",
        "status_text": "On holiday",
    },
    "dmitri": {
        "title": "Programmer",
        "time_zone": "Europe/Riga",
        "status_emoji": "🎯",
        "status_text": "Focusing, answers in the evening",
    },
    "esi": {"title": "Teacher", "bio": "Maths in the morning, films at night.", "time_zone": "Africa/Accra"},
    "hiro": {
        "title": "Designer",
        "time_zone": "Asia/Tokyo",
        "status_emoji": "🏠",
        "status_text": "Working from home",
    },
    "kavya": {"title": "Nurse", "bio": "Night shifts, balcony herbs.", "time_zone": "Asia/Kolkata"},
    "lucia": {"title": "Architect", "time_zone": "America/Bogota"},
    "nora": {"title": "Bookbinder", "time_zone": "Europe/Berlin", "status_emoji": "📚"},
    "priya": {"title": "Data analyst", "time_zone": "America/New_York"},
}

Words = dict[str, tuple[str, ...]]


class Theme(NamedTuple):
    """A room: how it is set up, and what is said in it."""

    name: str
    description: str
    is_public: bool
    words: Words
    talks: str


#: Said now and then by a third one, after any talk.
NODS = (
    "Same here.",
    "Ha, exactly.",
    "Good to know.",
    "👍",
    "I'll try that, thank you.",
    "Seconded.",
    "Noted 📝",
    "That made my day.",
    "Oh, interesting. I had no idea.",
    "😂",
)

DAYS: Words = {"day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")}

GENERAL = """
a: Good morning everyone ☕
b: Morning {a}!
c: Morning! Is it raining where you are, too?

a: Does anyone know if the library is open on {day}?
b> Until six, I think.
a: Perfect, thank you.

a: Reminder: the summer party is on {day}. Who brings what?
b> I can do a salad.
c> Bread and cheese from me.
a> You two are the best.
b> Shall we hang up the lights, too?
c> Yes, please! They are in my cellar.

a: Has anybody found a blue umbrella? I must have left it at the meeting on {day}.
b: There is one on the coat rack, I'll keep it for you.
a> You saved me, thanks {@b}!

a: Welcome {b}! 👋
b: Thank you! Where do I start?
c: Have a look at the rooms, a few of them are open to everybody. #film-club meets on Fridays.
b> Found them. There is more going on here than I thought.

a: What is everybody listening to this week?
b: Old radio plays. Perfect for doing the dishes.
c: The same three albums since {day}, as always.

a: The tram is not running this morning, take the bus if you come into town.
b> Thanks for the warning, I was about to leave.

a: I have two tickets for the concert on {day} and can't go. Any takers?
b: Me! I'll take both if nobody else wants them.
a> They're yours, {@b}.

a: Small victory: I finally fixed the bike that has been in the cellar since last year.
b: 🎉
c: Now you have to ride it.

a: Would {day} evening work for our call?
b: Works for me.
c: After seven, please.
a: Seven thirty then. I'll send the link before.
"""

PRIVATE = """
a: Hey {b}, do you have a minute?
b: Sure, what's up?
a: Could you look over my text before {day}? It's one page.
b> Send it, I'll read it tonight.

a: Are you coming on {day}?
b: Yes, a little later though. Start without me.
a> No worries, we'll keep you a seat.

a: Thanks again for yesterday, I really needed that walk.
b: Any time. Same place on {day}?
a> Deal.

a: I still have your book, by the way.
b: Keep it until you are done. I'm in no hurry.
a: Done with it! I'll bring it on {day}.

b: Did you get home all right?
a> Yes, just now. What a rain!
b: 😅 Sleep well.

a: What was the name of that café you mentioned?
b: The small one behind the station, with the green door.
a: Ah, of course. Shall we try it on {day}?
b> With pleasure. Ten o'clock?
a: Ten it is.
"""

THEMES = [
    Theme(
        "Neighbours' board",
        "Lending, lost and found, the lift, the bins.",
        False,
        {
            "thing": ("a ladder", "a drill", "a tent", "a cake tin", "an air pump", "a sewing machine"),
            "place": ("the yard", "the cellar", "the stairway", "the laundry room", "the bike shed"),
            **DAYS,
        },
        """
a: Could anybody lend me {thing} until {day}?
b> I have one. Ring at the second floor.
a: You're a star, thank you!

a: The lift is out of order again.
b: I called them, somebody comes on {day}.
c: Until then: free exercise for all 💪

a: Who left {thing} in {place}?
b: Oh, that was me. I'll fetch it tonight.

a: Paper bins go out on {day} this week, because of the holiday.
b> Thanks for the reminder, {@a}.

a: The light in {place} flickers. Shall I tell the management?
b: I did last week. They said {day}.
c: They always say {day}.

a: Found: one glove, grey, in {place}.
b> Is it a left one? Then it's mine 😅
a: It's a left one!

a: I baked too much. Cake on the table in {place}, help yourselves.
b: 🍰❤️
c: Too late, I only found crumbs. Delicious crumbs.

a: Small noise warning: I'll be drilling on {day} between ten and eleven.
b> Thanks for telling us.
""",
    ),
    Theme(
        "Garden & balcony",
        "Seeds, soil, slugs, and what to do with forty courgettes.",
        True,
        {
            "plant": ("tomatoes", "basil", "courgettes", "peas", "radishes", "roses", "strawberries", "mint"),
            "trouble": ("aphids", "slugs", "yellow leaves", "mildew", "curled leaves"),
            **DAYS,
        },
        """
a: My {plant} have {trouble} again. What do you do about it?
b> Soft soap and water, every second evening for a week. Works for me.
c: And check the underside of the leaves.
a: Will do, thank you both!

a: First {plant} of the year today! 🌱
b: Already? Mine have barely woken up.
a> South-facing wall, that's the whole secret.

a: I have far too many young {plant}. Anyone want some? I can bring them on {day}.
b: Yes please, two or three if you can spare them.
c: Me too!
a> Put you both on the list.

a: Is it too early to plant out {plant}?
b: The nights are still cold. I'd wait another week.
c> Or put a fleece over them, I have a spare one.

a: How often do you water {plant} in this heat?
b: Early in the morning, and then properly. Not a little every evening.
a> That explains a lot, ahem.

a: Something eats my {plant} at night and it isn't {trouble}.
b: Hedgehogs don't eat {plant}, if that's what you fear 🦔
a: I'll put up the camera and report.

a: Compost question: does {plant} green go in when it had {trouble}?
b> Better not. It comes back next year.

a: Seed swap on {day}, usual place, bring envelopes!
b: I still have {plant} from last year's harvest.
c: And I'm looking for old varieties of {plant}.
""",
    ),
    Theme(
        "Film club",
        "One film a week, no spoilers before Sunday.",
        True,
        {
            "film": (
                "The Long Ferry",
                "Night Porter's Song",
                "Paper Lanterns",
                "Two Winters",
                "The Clockmaker",
            ),
            "part": ("the ending", "the music", "the first ten minutes", "the train scene", "the light"),
            **DAYS,
        },
        """
a: This week's film is “{film}”. We talk about it on {day}.
b: Finally! I have been waiting for that one.
c: Is there a version with subtitles?
a> Yes, the library has it.

a: I can't stop thinking about {part} in “{film}”.
b> Same. I watched {part} twice.
c: Unpopular opinion: {part} was too long.
b> 😱

a: Votes for next week: “{film}” or something short?
b: “{film}”!
c: Something short, I'm travelling on {day}.
a: Then “{film}” in two weeks, and shorts now.

a: Did anybody understand {part}?
b: I think it was all in her head.
c> Oh. That changes everything.

a: Whoever recommended “{film}”: thank you. What a film.
b: That was {@c}, I believe.
c: Guilty 😊

a: Projector is fixed. We can watch “{film}” on the big wall on {day}.
b: I'll bring popcorn.
c: And blankets, it got cold last time.

a: “{film}” looks better on a small screen, change my mind.
b> I won't even try.

a: I fell asleep during “{film}”. Sorry.
b: During {part}? How??
a> Long day. I'll try again on {day}.
""",
    ),
    Theme(
        "Python help",
        "No question is too small. Show the code and the whole error.",
        True,
        {
            "lib": ("asyncio", "Django", "pandas", "pytest", "pathlib", "dataclasses", "requests"),
            "error": ("KeyError: 'id'", "RecursionError", "TypeError: 'NoneType'", "UnicodeDecodeError"),
        },
        """
a: I get `{error}` and only on the server. Any idea?
b: Different version of {lib}, maybe? What does `pip freeze` say?
a> You're right, it's two releases behind. Upgraded, and it's gone.

a: What's a good first thing to read about {lib}?
b: The tutorial in the official docs, it got much better.
c> And then the source. {lib} reads surprisingly well.

a: Is there a way to do this with {lib} without a loop?
```python
for row in rows:
    total += row["price"] * row["count"]
```
b: `sum(row["price"] * row["count"] for row in rows)`
a> So short! Thanks.

a: TIL that {lib} can do that out of the box. I wrote forty lines for it.
b: We have all been there.

a: `{error}` again. The line it names is a comment?!
b: Stale .pyc or you edit another file than you run. `python -c "import x; print(x.__file__)"`
a> …I edited the copy in my downloads folder. I need a break.

a: How do you all test code that uses {lib}?
b: Small functions, no mocks, a temporary folder.
c: What {b} says. And one big test that runs the real thing.

a: Would anyone look over a small patch? It touches {lib}, thirty lines.
b> Sure, post the link.
c: Happy to, tomorrow morning.

a: Why is my {lib} import so slow?
b: `python -X importtime` tells you.
a> It's not {lib} at all, it's the thing next to it. Great tip.
""",
    ),
    Theme(
        "Trail runners",
        "Saturday runs, mud, blisters. Slow is fine.",
        False,
        {
            "route": (
                "the ridge",
                "the lake loop",
                "the old quarry",
                "the forest path",
                "the vineyard hills",
            ),
            "km": ("8", "12", "15", "18", "21"),
            **DAYS,
        },
        """
a: {day}, {km} km around {route}, easy pace. Who's in?
b: In!
c: If my knee allows it.
a> We'll walk the steep parts, don't worry.

a: {route} is full of mud today. Glorious.
b: Pictures or it didn't happen.
a> My phone is full of mud as well.

a: New shoes. {km} km and no blister!
b: Which ones?
a: The boring ones everybody here told me to buy.
b> We are so wise.

a: Ran {km} km before breakfast, saw two deer near {route} 🦌
b: Lovely. I only saw the bus that I missed.

a: Is anyone doing the race in autumn? {km} km with a climb at {route}.
b: Signed up on {day}.
c> Me too. No turning back.

a: What do you drink on anything over {km} km?
b: Water and a pinch of salt. Coke at the end.
c: Tea. Always tea.

a: Meeting point for {day}: the car park below {route}, half past eight.
b: Can I get a lift from the station?
c> I drive past it, I'll pick you up at 8:15.

a: Rest day. It's hard not to run when the sun is out.
b> Rest IS training, {@a}.
""",
    ),
    Theme(
        "Board games",
        "Every other Thursday. Newcomers get the rules twice.",
        True,
        {
            "game": ("Harbour Lights", "Tiny Empires", "Moss & Stone", "Last Caravan", "Seven Bridges"),
            "count": ("three", "four", "five", "six"),
            **DAYS,
        },
        """
a: Table for {count} on {day}: {game}. One seat left.
b: Mine!
a> Great, see you then.

a: Rules question about {game}: can you trade after building?
b: No, trading comes first. Page nine.
c> We played that wrong for a year, then.

a: I lost at {game} by one point. One. Point.
b: I will never stop mentioning it.
a> I know you won't.

a: Is {game} any good with {count}?
b: Better with fewer. With {count} you wait a lot.
c: I like the waiting. More time for snacks.

a: New arrival: {game}! Who wants to learn it with me on {day}?
b: Count me in.
c: Me too, if somebody else reads the rules.

a: We are missing a green piece of {game}. Did it walk home with anyone?
b> Found it in my coat pocket, sorry!

a: Shall we start at seven on {day}?
b: Half past, please, I come from work.
a: Half past it is.

a: House rule for {game}: whoever explains the rules goes last.
b> Supported by everyone who has ever played against {@a}.
""",
    ),
    Theme(
        "Book circle",
        "Reading one book a month, slowly and with tea.",
        False,
        {
            "book": (
                "The Salt Road",
                "A House of Small Rooms",
                "Letters to the Sea",
                "The Mapmaker's Daughter",
            ),
            "chapter": ("three", "five", "seven", "nine", "twelve"),
            **DAYS,
        },
        """
a: Where is everybody in “{book}”?
b: Chapter {chapter}. No spoilers, please!
c: I finished it at two in the morning.
b> Say nothing, {@c}.

a: The language in “{book}” is so quiet. I keep reading sentences twice.
b> Chapter {chapter} especially.

a: Next meeting on {day}, at {b}'s place?
b: With pleasure, there will be tea.
c: I bring biscuits.

a: I don't like the narrator of “{book}” at all. Is that the point?
b: I think so. Wait for chapter {chapter}.
a> You were right. Now I feel bad for him.

a: Suggestions for next month? Mine: “{book}”.
b: Seconded!
c: Read it years ago, happy to read it again.

a: Found “{book}” second-hand, with notes by somebody in the margins.
b: The best way to read a book: with a stranger.
a> She disagrees with everything in chapter {chapter}. I love her.

a: Is the translation of “{book}” any good?
b> I compared a page with the original. It is lovely.
""",
    ),
    Theme(
        "Kitchen table",
        "What's for dinner? Recipes, rescues and sourdough.",
        False,
        {
            "dish": ("lentil soup", "dumplings", "risotto", "shakshuka", "focaccia", "dal", "plum cake"),
            "spice": ("cumin", "smoked paprika", "cardamom", "lemon zest", "a little miso", "more butter"),
            **DAYS,
        },
        """
a: What's for dinner? I have no ideas left.
b: We're having {dish}.
c: {dish}, for the third time this week. No regrets.
a> {dish} it is, thank you.

a: My {dish} tastes flat. What is missing?
b> Try {spice}.
c: And salt. It's always salt.
a: It was both!

a: Recipe for {dish}, as promised: start the evening before, and don't forget {spice}.
b: Saved! How long in the oven?
a> Until it smells right. About forty minutes.

a: The sourdough lives! Named it after {b}.
b: I am honoured, I think.

a: Can I freeze {dish}?
b: Yes, but leave out {spice} until you warm it up.
a> Good thing I asked.

a: {dish} for twelve people on {day}. Wish me luck.
b: Do you need a bigger pot? I have one.
a> YES please.

a: Burnt the {dish}. Black. The smoke alarm applauded.
b: Baking soda and hot water for the pot, leave it overnight.
c: And order pizza 🍕

a: {spice} in {dish}. That's it, that's the message.
b> Tried it just now. You are right.
""",
    ),
]
