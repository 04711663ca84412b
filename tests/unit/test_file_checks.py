"""On which kind of disk a database lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from reminder.file_checks import NETWORK_DISKS, disk_kind

MOUNTS = """\
/dev/vda1 / ext4 rw,relatime 0 0
nas:/srv /srv nfs4 rw 0 0
/dev/vdb1 /srv/local xfs rw 0 0
//nas/share /mnt/my\\040share cifs rw 0 0
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        pytest.param("/var/lib/reminder/var/reminder.db", "ext4", id="the root disk"),
        pytest.param("/srv/reminder.db", "nfs4", id="X-43 a network disk"),
        pytest.param("/srv/local/reminder.db", "xfs", id="a disk inside a network disk"),
        pytest.param("/srv2/reminder.db", "ext4", id="a folder that only begins alike"),
        pytest.param("/mnt/my share/reminder.db", "cifs", id="a mount with a space"),
    ],
)
def test_innermost_mount_decides(path: str, kind: str) -> None:
    assert disk_kind(Path(path), MOUNTS) == kind
    assert (kind in NETWORK_DISKS) == (kind in ("nfs4", "cifs"))


def test_nothing_is_said_where_mounts_are_not_known() -> None:
    assert disk_kind(Path("/srv/reminder.db"), "") == ""
