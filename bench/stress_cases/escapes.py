"""Control characters and markup in names, levels, labels and files of runs."""

import html.parser
import json
import xml.etree.ElementTree as ElementTree

PAYLOADS = [
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "bell\x07",
    "back\x08\x08space",
    "del\x7fete",
    "c1\x9b31m",
    "line\nend",
    "return\rhome",
    "tab\there",
    "<script>alert(1)</script>",
    "</svg><img src=x onerror=alert(1)>",
    "&lt;&amp;&#60;",
    "]]>",
    "a|b`c*d",
    "=cmd|' /C calc'!A0",
    "\u202eright to left",
    "\u2066isolate",
    "nul-\u0001-soh",
    '"quoted"',
    "'single'",
    "e\u0301\u0302\u0303",
    "x" * 5_000,
]
TEXT_CASES = 1_320


class Tags(html.parser.HTMLParser):
    """Tags, comments and attributes of a page that a payload could have added."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if any("alert(1)" in (value or "") for _, value in attrs) or (tag == "img"):
            self.found.append(tag)

    def handle_data(self, data):
        if "alert(1)" in data and self.get_starttag_text() == "<script>":
            self.found.append("script")


def raw(output, allowed="\n"):
    """Returns what is raw in a text for terminals, or None."""
    text = output.decode(errors="replace")
    bad = {
        ch
        for ch in text
        if (ord(ch) < 32 or 127 <= ord(ch) < 160 or ch in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
        and ch not in allowed
    }
    return f"raw {sorted(map(ascii, bad))}" if bad else None


def json_problem(output):
    """Returns what is wrong with a text that should be JSON, or None."""
    try:
        json.loads(output)
    except ValueError as error:
        return f"not JSON: {error}"
    return None


def page_problem(context, name):
    """Returns what is wrong with a page or a picture, or None."""
    content = context.path(name).read_text()
    problem = raw(content.encode(), "\n\t")
    if name.endswith(".svg"):
        try:
            ElementTree.fromstring(content)
        except ElementTree.ParseError as error:
            problem = f"not well-formed: {error}"
    tags = Tags()
    tags.feed(content)
    return problem or (f"tags {tags.found}" if tags.found else None)


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def cases(context):
    random = context.random
    for payload in PAYLOADS:
        rows = [
            f"{quoted(payload) if i % 3 else 'q'},{random.random():.3f},{quoted(payload + ' yes') if i % 2 else 'no'}"
            for i in range(60)
        ]
        for name in ("a", quoted(payload)):
            context.write("d.csv", f"{name},x,y\n" + "\n".join(rows) + "\n")
            fit = ["fit", "d.csv", "-t", "y", "-o", "m.model", "-e", "2"]
            # A single label can be the target only where the header is not damaged by the payload.
            ended = context.run(*fit)
            yield f"fit, {payload[:30]!a}", ended.problem() or raw(ended.out) or raw(ended.err)
            if ended.code == 0:
                for command in (["inspect", "m.model"], ["predict", "m.model", "d.csv"]):
                    ended = context.run(*command)
                    problem = ended.problem({0}) or raw(ended.out) or raw(ended.err)
                    if not problem and command[0] == "predict" and len(ended.out.splitlines()) != 60:
                        problem = f"{len(ended.out.splitlines())} lines for 60 rows"
                    yield f"{command[0]}, {payload[:30]!a}", problem
                ended = context.run("inspect", "m.model", "--format", "json")
                yield f"inspect --format json, {payload[:30]!a}", ended.problem({0}) or json_problem(ended.out)
            ended = context.run("fit", "d.csv", "-t", payload.replace("\0", ""), "-q", "-o", "e.model", "-e", "1")
            yield f"fit -t, {payload[:30]!a}", ended.problem() or raw(ended.out) or raw(ended.err)
    comparison = ["compare", "rosenbrock", "--steps", "30", "--seeds", "2", "--tuning-seeds", "1", "-q"]
    context.run(*comparison, "--methods", "sgd,adam", "--protocol", "defaults", "--runs", "runs.jsonl")
    runs = [json.loads(line) for line in context.path("runs.jsonl").read_text().splitlines()]
    texts = [(at, key) for at, line in enumerate(runs) for key, value in line.items() if isinstance(value, str)]
    for _ in range(TEXT_CASES):
        at, key = random.choice(texts)
        payload = random.choice(PAYLOADS)
        lines = [line | ({key: payload} if number == at else {}) for number, line in enumerate(runs)]
        context.write("x.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        for name in ("p.svg", "p.html"):
            context.path(name).unlink(missing_ok=True)
        form = random.choice(["text", "markdown", "csv"])
        ended = context.run(
            "compare", "--from", "x.jsonl", "-q", "--plot", "p.svg", "--report", "p.html", "--format", form
        )
        # CSV is data for programs: only its quotes protect.
        problem = ended.problem({0, 1, 2, 4}) or raw(ended.err) or (raw(ended.out) if form != "csv" else None)
        if not problem and form == "markdown" and b"<script" in ended.out:
            problem = "raw markup in Markdown"
        for name in ("p.svg", "p.html"):
            if not problem and context.path(name).exists():
                problem = page_problem(context, name)
        yield f"compare --from --format {form}, {key} = {payload[:30]!a}", problem
