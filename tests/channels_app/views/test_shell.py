"""The frame: one's channels in sections, with what is unread."""

import pytest

from channels_app.models import Channel
from tests import factories
from tests.channels_app.views.habits import signed_in
from tests.people import person

pytestmark = pytest.mark.django_db


def test_sidebar_has_sections_in_a_fixed_order_and_the_unread_numbers():
    tanaka, miura = person("tanaka"), person("miura")
    kinds = Channel.Kind
    zatsudan = factories.channel("zatsudan", tanaka, miura, name="雑談", kind=kinds.CASUAL)
    factories.channel("madoguchi-dx", tanaka)
    factories.channel("kuni-kara", tanaka, name="国から", kind=kinds.ANNOUNCEMENT)
    factories.channel("not-mine", miura, name="よその話題")
    factories.channel("closed", miura, name="四国", kind=kinds.PRIVATE)
    factories.channel("old", tanaka, name="終わった話題", archived_at="2026-11-01T00:00:00Z")
    for _ in range(2):
        factories.post(miura, zatsudan)
    sidebar = signed_in(tanaka).get("/home/").context["sidebar"]
    rows = [(s["label"], [(c.name, c.unread) for c in s["channels"]]) for s in sidebar.sections]
    assert rows == [
        ("国・事務局から", [("国から", 0)]),
        ("参加チャンネル（テーマ）", [("窓口DX", 0)]),
        ("交流", [("雑談", 2)]),
    ]
    assert sidebar.unread == 2


@pytest.mark.parametrize("address", ["/channels/zatsudan/", "/posts/{}/thread/"])
def test_the_channel_one_looks_at_is_the_only_current_one(address):
    tanaka = person("tanaka")
    post = factories.post(tanaka, factories.channel("zatsudan", tanaka, name="雑談"))
    factories.channel("madoguchi-dx", tanaka)
    page = signed_in(tanaka).get(address.format(post.pk)).content.decode()
    current = [
        row
        for row in page.split('<a class="ky-list__item"')[1:]
        if 'aria-current="page"' in row.split(">")[0]
    ]
    assert ([row.split('"')[1] for row in current]) == ["/channels/zatsudan/"]


def test_rows_are_told_apart_by_name_and_number():
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("zatsudan", tanaka, miura, name="雑談")

    def row() -> tuple:
        page = signed_in(tanaka).get("/home/").content.decode().split(f'data-stream="c{channel.pk}"')[1]
        return page.split('ky-list__name">')[1].split("<")[0], page.split("data-count>")[1].split("<")[0]

    seen = [row()]
    factories.post(miura, channel)
    seen.append(row())
    Channel.objects.update(name="雑談の部屋")
    seen.append(row())
    assert seen == [("雑談", "0"), ("雑談", "1"), ("雑談の部屋", "1")]
