"""XML from strangers: what is refused, what is mended, how far a broken feed is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sources.feed.entry import FeedError
from app.sources.feed.text import decoded, mended
from app.sources.feed.xml import DEEPEST, MOST_NODES, Node, read_xml

ADDRESS = "https://blog.example/feed.xml"


def read(text: str | bytes, charset: str = "") -> Node:
    root, fault = read_xml(text.encode() if isinstance(text, str) else text, charset, ADDRESS)
    assert fault == ""
    return root


def title(text: str | bytes, charset: str = "") -> str:
    found = read(text, charset).first("title")
    assert found is not None
    return found.text()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "prolog",
    [
        f'<!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]>',
        "<!DOCTYPE rss []>",
    ],
)
def test_a_feed_with_declarations_of_its_own_is_refused(prolog: str) -> None:
    with pytest.raises(FeedError, match="declares entities"):
        read(f"{prolog}<rss><title>&l9;&x;</title></rss>")


def test_the_doctype_of_old_rss_loads_nothing_and_does_no_harm() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.invalid/rss.dtd">'
    assert title(f"{doctype}<rss><title>Caf&eacute;</title></rss>") == "Café"


def test_too_many_elements_or_attributes_are_refused() -> None:
    with pytest.raises(FeedError, match="elements"):
        read("<rss>" + "<a/>" * MOST_NODES + "</rss>")
    many = " ".join(f"a{n}=''" for n in range(1000))
    with pytest.raises(FeedError, match="attributes"):
        read(f"<rss {many}/>")


def test_of_what_is_nested_too_deep_only_the_text_is_kept() -> None:
    deep = DEEPEST * 3
    assert read("<a>" * deep + "here" + "</a>" * deep).text() == "here"


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("\n\n<?xml version='1.0'?><rss><title>x</title></rss>", "x"),
        ("Warning: mysql on line 3\n<?xml version='1.0'?><rss><title>x</title></rss>", "x"),
        ("<!-- hello --><?xml version='1.0'?><rss><title>x</title></rss>", "x"),
        ("<rss><title>Tom & Jerry</title></rss>", "Tom & Jerry"),
        ("<rss><title>A&nbsp;B &hellip; &lt;</title></rss>", "A\xa0B … <"),
        ("<rss><title>odd &nosuch; thing</title></rss>", "odd &nosuch; thing"),
        ("<rss><title>be\x08ll &#8; \x0c</title></rss>", "bell"),
        ("<rss><title><![CDATA[Tom & Jerry]]> & co</title></rss>", "Tom & Jerry & co"),
        (
            "<rss><!-- no -- no & --><title>A<!-- -- -->B & <![CDATA[<!--]]></title></rss>",
            "AB & <!--",
        ),
        ("<rss><title>one<dc:x>&</dc:x></title></rss>", "one&"),
    ],
)
def test_usual_faults_are_mended(text: str, means: str) -> None:
    assert title(text) == means


def test_mending_leaves_what_is_in_cdata_alone() -> None:
    assert mended("<a>& <![CDATA[&x; & y]]> &copy; <![CDATA[&") == (
        "<a>&amp; <![CDATA[&x; & y]]> &#169; <![CDATA[&"
    )


def test_a_feed_that_breaks_off_is_read_up_to_its_last_whole_entry() -> None:
    body = b"<rss><channel><item><title>1</title></item><item><title>2</ti"
    root, fault = read_xml(body, "", ADDRESS)
    channel = root.first("channel")

    assert channel is not None
    assert [one.text() for one in channel.children("item")] == ["1"]
    assert fault == "line 1: unclosed token"


@pytest.mark.parametrize("text", ["", "<rss><channel><item><title>1</ti", "no feed", "<rss"])
def test_without_a_whole_entry_before_the_fault_it_is_no_feed(text: str) -> None:
    with pytest.raises(FeedError):
        read(text)


@pytest.mark.parametrize(
    ("name", "declared", "charset"),
    [
        ("utf-8", "", ""),
        ("utf-8", "utf-8", "iso-8859-1"),  # a server's default against the author's word
        ("utf-8", "", "utf-8"),
        ("utf-8-sig", "iso-8859-1", ""),
        ("iso-8859-1", "ISO-8859-1", ""),
        ("iso-8859-1", "", "iso-8859-1"),
        ("windows-1252", "", ""),
        ("koi8-r", "koi8-r", ""),
        ("shift_jis", "Shift_JIS", ""),
        ("gb2312", "gb2312", ""),
        ("utf-16", "utf-16", ""),
        ("utf-16-be", "", ""),
        ("utf-16-le", "utf-16", ""),
    ],
)
def test_the_encoding_is_found_out(name: str, declared: str, charset: str) -> None:
    word = {"koi8-r": "Привет", "shift_jis": "こんにちは", "gb2312": "你好"}.get(name, "Café")
    said = f" encoding='{declared}'" if declared else ""
    body = f"<?xml version='1.0'{said}?><rss><title>{word}</title></rss>".encode(name)

    assert title(body, charset) == word


@pytest.mark.parametrize("name", ["rot13", "zlib", "idna", "unicode_escape", "no-such", "utf-7"])
def test_codecs_that_are_no_encodings_of_text_are_not_used(name: str) -> None:
    assert decoded(f"<?xml encoding='{name}'?>é".encode()).endswith("é")


def test_one_wrong_byte_does_not_spoil_the_rest() -> None:
    assert decoded("<?xml encoding='utf-8'?>é \xff".encode("latin-1") + "é".encode())[-1] == "é"


def test_names_are_known_by_their_namespace_and_by_habit() -> None:
    root = read(
        '<rss xmlns:x="http://purl.org/dc/elements/1.1/" xmlns:m="http://search.yahoo.com/mrss">'
        "<x:creator/><m:content/><itunes:image/><y xmlns='http://other.example'/></rss>"
    )
    names = [one.name for one in root.parts if isinstance(one, Node)]
    assert names == ["dc:creator", "media:content", "itunes:image", "?:y"]


def test_an_atom_feed_without_its_namespace_is_one_all_the_same() -> None:
    assert read("<feed><entry/></feed>").first("atom:entry") is not None


def test_bases_and_languages_are_inherited() -> None:
    root = read("<a xml:base='/x/' xml:lang='de'><b xml:base='y/'><c xml:lang='en'/></b></a>")
    b = root.first("b")
    c = b.first("c") if b else None

    assert c is not None
    assert (c.base, c.language) == ("https://blog.example/x/y/", "en")
    assert (root.base, root.language) == ("https://blog.example/x/", "de")


@given(st.binary(max_size=200) | st.text("<>&;a[]!-?x:/='\" \n", max_size=200).map(str.encode))
def test_any_bytes_are_a_tree_or_no_feed(body: bytes) -> None:
    try:
        root, _ = read_xml(b"<rss>" + body, "", ADDRESS)
    except FeedError:
        return
    assert root.name


def test_mending_takes_time_in_line_with_the_length_whatever_is_left_open() -> None:
    for opened in ("<!--", "<![CDATA[", "<!--<![CDATA["):
        assert len(mended("<a>" + opened * 200_000)) <= 3 + len(opened) * 200_000
