"""mrkdwn on the page: marked up where Slack marks up, escaped everywhere."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.slack.mrkdwn import mrkdwn, plain

ZONE = ZoneInfo("Europe/Amsterdam")
LINK = 'target="_blank" rel="noopener noreferrer"'


def html(text: str) -> str:
    return str(mrkdwn(text, people={"U0LOTTE": "lotte"}, zone=ZONE))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*Decide by* Mon", "<b>Decide by</b> Mon"),
        ("_soon_ ~late~ `a&lt;b`", "<i>soon</i> <s>late</s> <code>a&lt;b</code>"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("a\nb", "a<br>b"),
        ("> quoted\nnot", "<blockquote>quoted</blockquote>not"),
        ("```x *y*```", "<pre>x *y*</pre>"),
        ("<@U0LOTTE> and <@U0X>", '<span class="mention">@lotte</span> and <span class="mention">@U0X</span>'),
        ("<!channel>", '<span class="mention">@channel</span>'),
        ("<https://a.example/?a=1&amp;b=2|here>", f'<a href="https://a.example/?a=1&amp;b=2" {LINK}>here</a>'),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ("<!date^1793610000^{date_short} {time}|2 Nov>", "2 Nov 2026 10:00"),
        ("<!date^soon^{date}|2 Nov>", "2 Nov"),
        (":warning: :no_such_thing:", "⚠️ :no_such_thing:"),
        ("&lt;b&gt; <script>", "&lt;b&gt; &lt;script&gt;"),
    ],
)
def test_a_text_is_shown_as_slack_shows_it(text, shown):
    assert html(text) == shown


@given(st.text(alphabet="<>&\"'|*_~`@!#:/ab\n\x00 ", max_size=60))
def test_no_text_breaks_out_of_the_page(text):
    for shown in (html(text), str(plain(text))):
        known = ("b", "i", "s", "br", "code", "pre", "blockquote", "a", "span")
        tags = [part.split(">")[0].strip("/").split(" ")[0] for part in shown.split("<")[1:]]
        assert all(tag in known for tag in tags)
