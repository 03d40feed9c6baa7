"""Links are taken out of the wrappings of Microsoft's and Proofpoint's gateways."""

from __future__ import annotations

import pytest
from exchange_sync.clean.links import unwrap_links
from exchange_sync.clean.text import split_html, split_plain

SAFE = (
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2Fa%3Fb%3D1&data=05%7C02&reserved=0"
)


@pytest.mark.parametrize(
    ("wrapped", "target"),
    [
        (SAFE, "https://example.com/a?b=1"),
        (SAFE.replace("&", "&amp;"), "https://example.com/a?b=1"),
        ("https://urldefense.com/v3/__https://example.com/x__;!!AbC!xyz$", "https://example.com/x"),
        ("https://urldefense.com/v3/__https://example.com/a*b__;Iw!!AbC!xyz$", "https://example.com/a#b"),
        ("https://urldefense.com/v3/__https://example.com/a**Bb__;Iz8_!!AbC!xyz$", "https://example.com/a#??b"),
        ("https://urldefense.proofpoint.com/v2/url?u=https-3A__example.com_x&d=Dw&c=e", "https://example.com/x"),
        ("https://urldefense.proofpoint.com/v1/url?u=https%3A%2F%2Fexample.com%2Fx&k=1", "https://example.com/x"),
    ],
)
def test_a_wrapped_link_becomes_its_target(wrapped, target):
    assert unwrap_links(f"see {wrapped} now") == f"see {target} now"
    assert unwrap_links(f"<{wrapped}>.") == f"<{target}>."


@pytest.mark.parametrize(
    "odd",
    [
        "https://eur01.safelinks.protection.outlook.com/?data=05",
        "https://eur01.safelinks.protection.outlook.com/?url=javascript%3Aalert(1)",
        "https://urldefense.com/v3/__nothing",
        "https://urldefense.com/v3/__https://example.com/a*b__;%%%!!x!y$",
        "https://safelinks.example.com/?url=https%3A%2F%2Fexample.com",
    ],
)
def test_what_cannot_be_unwrapped_stays(odd):
    assert unwrap_links(odd) == odd


def test_links_are_unwrapped_in_plain_text_and_in_html():
    assert split_plain(f"see {SAFE}").body == "see https://example.com/a?b=1"
    assert split_html(f'<a href="{SAFE}">the offer</a>').body == "the offer <https://example.com/a?b=1>"


TARGET = "https://www.firm.example/offer?id=7&x=1"
QUOTED = "https%3A%2F%2Fwww.firm.example%2Foffer%3Fid%3D7%26x%3D1"
CLOUDS = (
    "nam02.safelinks.protection.outlook.com", "gcc02.safelinks.protection.outlook.com",
    "safelinks.protection.outlook.com", "usg01.safelinks.protection.office365.us", "dod.safelinks.protection.apps.mil",
    "chn01.safelinks.protection.partner.outlook.cn", "deu01.safelinks.protection.outlook.de", "nam12.safelinks.o365.us",
)  # fmt: skip


@pytest.mark.parametrize("path", ["/?url=", "/ap/t-59584e83/?url=", "/GetUrlReputation?v=1&url="])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_safe_links_of_all_clouds_are_unwrapped(cloud, path):
    wrapped = f"https://{cloud}{path}{QUOTED}&data=05%7C02%7Cann%40acme.example&sdata=abc%2Bdef%3D&reserved=0"
    assert split_plain(f"see <{wrapped}>.").body == f"see <{TARGET}>."
    html = wrapped.replace("&", "&amp;")
    assert split_html(f'<p>see <a href="{html}">the offer</a>.</p>').body == f"see the offer <{TARGET}>."


@pytest.mark.parametrize(
    "wrapped",
    [
        f"https://statics.teams.microsoft.com/evergreen-assets/safelinks/1/atp-safelinks.html?url={QUOTED}&locale=en-us",
        "https://urldefense.us/v3/__https://www.firm.example/offer?id=7&x=1__;!!abc!def$",
        f"https://linkprotect.cudasvc.com/url?a={QUOTED}&c=E,1,abc&typo=1",
        f"https://imsva91-ctp.trendmicro.com:443/wis/clicktime/v1/query?url={QUOTED}&umid=1",
        f"https://clicktime.symantec.com/3abc?u={QUOTED}",
        f"https://protect2.fireeye.com/v1/url?k=abc&q=1&e=2&u={QUOTED}",
        f"https://secure-web.cisco.com/1aBc-dEf/{QUOTED}",
        "https://eu-central-1.protection.sophos.com/?d=firm.example&u="
        "aHR0cHM6Ly93d3cuZmlybS5leGFtcGxlL29mZmVyP2lkPTcmeD0x&i=abc",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Flinkprotect.cudasvc.com%2Furl%3Fa%3D"
        f"{QUOTED.replace('%', '%25')}&data=1",
    ],
    ids=[
        "teams",
        "proofpoint us",
        "barracuda",
        "trend micro",
        "symantec",
        "fireeye",
        "cisco",
        "sophos",
        "two in a row",
    ],
)
def test_other_gateways_and_several_in_a_row_too(wrapped):
    assert split_plain(f"see {wrapped} now").body == f"see {TARGET} now"


OPAQUE = "a8F3" * 30


@pytest.mark.parametrize(
    "host",
    [
        "click.mailer.example/ls/click?upn=", "u123.ct.sendgrid.net/ls/click?upn=",
        "shop.us1.list-manage.com/track/click?u=",
        "nl.shop.example/r/", "cl.s12.exct.net/?qs=", "info.firm.example/e3t/Ctc/", "seu2.cleverreach.com/c/1/",
        "mailings.shop.example/x?p=",
    ],
)  # fmt: skip
def test_a_newsletters_tracking_link_is_its_text_and_host(host):
    address, shown = f"https://{host}{OPAQUE}", f"https://{host.partition('/')[0]}/…"
    assert split_plain(f"Spring offers\n{address}\n\nBye").body == f"Spring offers\n{shown}\n\nBye"
    assert split_plain(f"Spring offers ({address}).").body == f"Spring offers ({shown})."
    assert split_html(f'<p><a href="{address}">Spring offers</a></p>').body == f"Spring offers <{shown}>"


@pytest.mark.parametrize(
    "address",
    [
        "https://click.mailer.example/help", f"https://acme.sharepoint.example/:w:/s/x/{OPAQUE}",
        "https://news.example/2026/03/02/a-long-title-of-an-article-that-says-what-it-is-about/and-its-second-part-as-well",
    ],
)  # fmt: skip
def test_other_addresses_stay_whole(address):
    assert split_plain(f"see {address} now").body == f"see {address} now"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello [cid:image001.png@01D9ABCD.12345678] world", "Hello world"),
        ("[cid:ii_lkj23] see above", "see above"),
        ("see\n[cid:image001.jpg@01D9A\nBCD.1234]\nbelow", "see\n\nbelow"),
        ("[cid:Bild 1.png@01D9ABCD]here", "here"),
        ("[CID:IMAGE001.PNG@01D9] here", "here"),
        ("logo <cid:image001.png@01D9ABCD>", "logo"),
        ("[cid:image001.png@01D9]<https://acme.example/>", "<https://acme.example/>"),
        ("our [cid] and [cid: see list 4] stay", "our [cid] and [cid: see list 4] stay"),
    ],
)
def test_names_of_embedded_pictures_are_no_text(text, shown):
    assert split_plain(text).body == shown
