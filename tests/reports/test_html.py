"""The report is one safe, self-contained file that says the verdict first."""

import re
import shutil
from html import unescape
from html.parser import HTMLParser

import pytest

from evalkit.records import Planted
from evalkit.reports import tables
from evalkit.reports.html import render
from tests.samples import (
    FALSE,
    TURNS,
    assemble,
    sample_decisions,
    sample_estimates,
    sample_run,
)

HOSTILE = '</p><script>alert("x")</script><img src="http://evil.example/x" onerror="alert(1)">'


def page(run, **options):
    found = sample_estimates(run)
    return render(run, sample_decisions(run, found), found, **options)


def hostile_run():
    """A run whose approach name, session id, draft, quote and failure all hold markup."""
    run = sample_run(rates={HOSTILE: 0.5, "careful": 0.0})
    texts = {
        draft.cell: {name: f"{text} {HOSTILE}" for name, text in draft.sections.items()}
        for draft in run.drafts
    }
    drafts = tuple(
        draft.model_copy(
            update={"sections": texts[draft.cell]} if not draft.failure else {"failure": HOSTILE}
        )
        for draft in run.drafts
    )
    findings = tuple(
        finding.model_copy(
            update={
                "reason": HOSTILE,
                "evidence": tuple(
                    e.model_copy(update={"quote": e.quote + HOSTILE}) for e in finding.evidence
                ),
            }
        )
        for finding in run.findings
    )
    return assemble(run.sessions, drafts, findings, ("soap", "dap"), (HOSTILE, "careful"))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags(text):
    parser = Tags()
    parser.feed(text)
    assert not parser.open
    return parser.found


@pytest.fixture(scope="module")
def report():
    return page(sample_run())


def test_the_verdict_comes_first_and_every_part_follows(report):
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", report)
    assert headings == [
        "Verdict",
        "Leaderboard",
        "Rates per sentence, claim and note",
        "Fabrications by category and section",
        "How far the scorer can be trusted",
        "Minutes by part",
        "Worst notes",
        "Completeness",
        "How to read this",
        "Provenance",
    ]


def test_every_approach_has_one_sentence_with_its_deciding_gate(report):
    items = re.findall(r'<li class="(deploy|hold|collect-more)">(.+?)</li>', report)
    assert len(items) == 4
    assert all("allowed at most" in sentence for _, sentence in items)
    assert '<strong>fabricating</strong> <span class="control">control</span>' in report


def test_a_control_is_not_counted_among_the_candidates(report):
    assert "Of 3 candidates, 0 to deploy, 2 to collect more on, 1 on hold." in report


def test_well_formed_tags_and_no_script_no_outside_address(report):
    for tag, attributes in tags(report):
        assert tag not in ("script", "iframe", "object", "form", "base")
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href"):
            assert (attributes.get(name) or "data:").startswith("data:")
    assert "default-src &#39;none&#39;" in report or "default-src 'none'" in report
    assert "http://" not in report
    assert "https://" not in report
    assert "@import" not in report


def test_images_have_alternative_texts(report):
    images = [attributes for tag, attributes in tags(report) if tag == "img"]
    assert len(images) == 4
    assert all(image["alt"] for image in images)


def test_markup_in_names_notes_quotes_and_reasons_stays_text():
    text = page(hostile_run())
    assert "<script" not in text
    assert not [attributes for tag, attributes in tags(text) if "onerror" in attributes]
    assert unescape(text).count(HOSTILE) > 10


def test_fabricated_sentences_are_marked_in_place_with_their_evidence(report):
    marked = re.findall(r'<mark class="(?:unsupported|contradicted)">(.+?)<sup>', report)
    known = {text for text, *_ in FALSE}
    assert marked
    assert {unescape(text) for text in marked} <= known
    assert "transcript, turn 3: “No, nothing like that." in report


def test_the_same_run_gives_the_same_bytes(report):
    assert page(sample_run()) == report


def test_without_texts_there_is_no_word_of_a_note_or_a_session():
    run = sample_run(source="annomi")
    text = unescape(page(run, texts=False))
    assert not [turn.text for turn in TURNS if turn.text in text]
    assert not [f.claim.text for f in run.findings if f.claim.text in text]
    assert "holds no text of notes or sessions" in text


def test_both_readings_stand_side_by_side_with_their_denominators(report):
    assert "inference-aware / strict, as a share of the section" in unescape(report)
    assert report.count("Notes with a fabrication, inference-aware") >= 4
    assert report.count("Notes with a fabrication, strict") >= 4


def test_missing_fidelity_is_said_not_shown_as_zero():
    text = page(sample_run(source="annomi"))
    assert 'data-label="Facts carried, weighted"><span>not scored</span>' in text
    assert "<dt>fidelity</dt>" in text


def test_completeness_adds_up_and_says_why_drafts_failed(report):
    assert "Planned = scored + failed + excluded" in report
    assert "timed out (1)" in report
    last = re.findall(r'<tr><th scope="row">All</th>(.+?)</tr>', report)[0]
    planned, scored, failed, excluded = map(int, re.findall(r">(\d+)<", last))
    assert planned == scored + failed + excluded == 48


def test_megabytes_of_notes_make_a_small_report():
    run = sample_run(rates={"careless": 0.3}, fail=0)
    filler = "word " * 200_000
    drafts = tuple(
        draft.model_copy(
            update={"sections": {name: text + filler for name, text in draft.sections.items()}}
        )
        for draft in run.drafts
    )
    text = page(assemble(run.sessions, drafts, run.findings, ("soap", "dap"), ("careless",)))
    assert len(text) < 2_000_000
    assert "characters …]" in text


def test_a_finding_outside_its_section_does_not_break_the_note():
    run = sample_run(rates={"careless": 0.9}, fail=0)
    findings = tuple(
        finding.model_copy(
            update={"claim": finding.claim.model_copy(update={"start": 5, "end": 10_000_000})}
        )
        for finding in run.findings
    )
    text = page(assemble(run.sessions, run.drafts, findings, ("soap", "dap"), ("careless",)))
    assert '<mark class="unsupported">Client' not in text
    assert "more are not shown here" in text


def test_what_the_scorers_find_of_planted_errors_is_told():
    run = sample_run(rates={"fabricating": 0.5}, fail=0)
    first = run.drafts[0]
    claim = next(f for f in run.findings if f.cell == first.cell and f.verdict == "unsupported")
    planted = Planted(
        kind="hallucinated",
        category=claim.category,
        severity=claim.severity,
        text=claim.claim.text,
        section=claim.claim.section,
    )
    drafts = (first.model_copy(update={"planted": (planted,)}), *run.drafts[1:])
    text = page(run.model_copy(update={"drafts": drafts}))
    assert "1 of 1 planted errors flagged" in text


def test_runs_with_nothing_to_show_still_have_a_report():
    text = page(sample_run(rates={"down": 0.1}, fail=12))
    assert "No note has a fabricated sentence." in text
    assert "No sentence was found to be unsupported" in text
    tags(text)


def test_a_lone_surrogate_in_a_note_does_not_keep_the_report_from_being_written():
    run = sample_run(rates={"careless": 0.9}, fail=0)
    drafts = tuple(
        d.model_copy(update={"sections": {n: t + " \ud800" for n, t in d.sections.items()}})
        for d in run.drafts
    )
    text = page(run.model_copy(update={"drafts": drafts}))
    assert text.encode("utf-8")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["ink", "muted", "go", "wait", "stop"])
@pytest.mark.parametrize("ground", ["#ffffff", "#f5f7f9", "#fde9c8", "#fbdccf"])
def test_text_stands_out_from_every_ground_as_wcag_aa_asks(report, name, ground):
    colour = re.search(rf"--{name}: (#\w{{6}})", report)[1]
    light, dark = luminance(ground), luminance(colour)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.fixture(scope="module")
def browser():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


def test_a_browser_shows_a_hostile_report_without_a_request_a_script_or_overflow(browser, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(page(hostile_run()), encoding="utf-8")
    for width in (1280, 375):
        view = browser.new_page(viewport={"width": width, "height": 800})
        seen, dialogs, errors = [], [], []
        view.on("request", lambda request, seen=seen: seen.append(request.url))
        view.on("dialog", lambda dialog, dialogs=dialogs: dialogs.append(dialog.message))
        view.on("console", lambda message, errors=errors: errors.append(message.text))
        view.goto(file.as_uri())
        assert dialogs == []
        assert errors == []
        assert {url.split(":")[0] for url in seen} <= {"file", "data"}
        assert view.evaluate("document.documentElement.scrollWidth") <= width
        broken = "[...document.images].filter(i => !i.complete || !i.naturalWidth).length"
        assert view.evaluate(broken) == 0
        view.close()


def test_each_trap_is_told_with_its_outcomes_by_approach():
    run = sample_run()
    row = tables.by_trap(run).set_index("approach").loc["careless"]
    cell = (
        f"{row['fell']} / {row['avoided']} / {row['not_mentioned']} ({100 * row['share']:.0f} % ["
    )
    text = page(run)
    assert "<h3>Planted traps</h3>" in text
    assert '<th scope="row">third party history</th>' in text
    assert cell in text
