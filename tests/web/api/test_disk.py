"""An upload to a full disk: the client is told so and may try again later; nothing of it stays."""

from __future__ import annotations

from exchange_sync.store.blobs import Blobs

from tests.support.small_disk import small_disk
from tests.web.api.conftest import Api
from tests.web.api.test_adding import EMAILS, PAGE, email


def test_an_upload_to_a_full_disk_is_refused_and_taken_once_there_is_room(api: Api) -> None:
    with small_disk() as disk:
        full = Api(api.world, blobs=Blobs((disk.path / "blobs").as_uri()))
        client = full.client(full.token("sender", ["Op"]))
        disk.fill()
        refused = client.put(EMAILS, json={"emails": [email(1)]})
        assert refused.status_code == 503, refused.text
        assert refused.headers["retry-after"] == "60"
        assert f"the disk of {disk.path / 'blobs'} is full. Make room there" in refused.json()["message"]
        assert disk.files() == []
        assert client.get(PAGE).json()["comments"] == []
        disk.make_room()
        assert client.put(EMAILS, json={"emails": [email(1)]}).status_code == 200
        full.pool.close()
