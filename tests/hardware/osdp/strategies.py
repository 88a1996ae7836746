"""Hypothesis strategies: any frame, any command, any reply, any vendor message."""

from __future__ import annotations

from hypothesis import strategies as st

from hardware.osdp import commands, replies, vendor
from hardware.osdp.frames import Frame, SecurityBlock
from hardware.osdp.messages import Message

u8 = st.integers(0, 0xFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)


def blob(least: int = 0, most: int = 60) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=least, max_size=most)


def exactly(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


handshake_blocks = st.builds(SecurityBlock, st.integers(0x11, 0x14), exactly(1))
session_blocks = st.builds(SecurityBlock, st.integers(0x15, 0x18))


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    security = draw(st.one_of(st.none(), handshake_blocks, session_blocks))
    return Frame(
        address=draw(st.integers(0, 0x7F)),
        sequence=draw(st.integers(0, 3)),
        code=draw(u8),
        data=draw(blob()),
        is_reply=draw(st.booleans()),
        security=security,
        mac=draw(exactly(4)) if security and security.has_mac else b"",
        use_crc=draw(st.booleans()),
    )


plain_frames = st.builds(
    Frame, st.integers(0, 0x7F), st.integers(0, 3), u8, blob(), is_reply=st.booleans(), use_crc=st.booleans()
)

any_command: st.SearchStrategy[Message] = st.one_of(
    st.builds(commands.Poll),
    st.builds(commands.Id, u8),
    st.builds(commands.Cap, u8),
    st.builds(commands.LStat),
    st.builds(commands.IStat),
    st.builds(commands.OStat),
    st.builds(commands.RStat),
    st.builds(
        commands.Out, st.lists(st.builds(commands.OutputControl, u8, u8, u16), min_size=1, max_size=4).map(tuple)
    ),
    st.builds(
        commands.Led,
        st.lists(
            st.builds(commands.Light, u8, u8, u8, u8, u8, u8, u8, u16, u8, u8, u8, u8, u8), min_size=1, max_size=3
        ).map(tuple),
    ),
    st.builds(commands.Buzzer, u8, u8, u8, u8, u8),
    st.builds(commands.Text, blob(0, 255), u8, u8, u8, u8, u8),
    st.builds(commands.ComSet, u8, u32),
    st.builds(commands.KeySet, exactly(16)),
    st.builds(commands.Challenge, exactly(8)),
    st.builds(commands.ServerCryptogram, exactly(16)),
    st.builds(commands.ReceiveSize, u16),
    st.builds(commands.Manufacturer, exactly(3), blob()),
    st.builds(commands.Abort),
    st.builds(commands.KeepActive, u16),
)

states = st.lists(u8, max_size=20).map(tuple)

any_reply: st.SearchStrategy[Message] = st.one_of(
    st.builds(replies.Ack),
    st.builds(replies.Nak, u8, blob()),
    st.builds(replies.PdId, exactly(3), u8, u8, u32, st.tuples(u8, u8, u8)),
    st.builds(replies.PdCapabilities, st.lists(st.builds(replies.Capability, u8, u8, u8), max_size=9).map(tuple)),
    st.builds(replies.LocalStatus, u8, u8),
    st.builds(replies.InputStatus, states),
    st.builds(replies.OutputStatus, states),
    st.builds(replies.ReaderStatus, states),
    st.builds(replies.CardData.of, blob(), reader=u8),
    st.builds(replies.Keypad, blob(), u8),
    st.builds(replies.Com, u8, u32),
    st.builds(replies.ClientCryptogram, exactly(8), exactly(8), exactly(16)),
    st.builds(replies.InitialMac, exactly(16)),
    st.builds(replies.Busy),
    st.builds(replies.ManufacturerReply, exactly(3), blob()),
)

from_controller: st.SearchStrategy[Message] = st.one_of(
    st.builds(vendor.Swipe, u16, u8, blob()),
    st.builds(vendor.LockReport, u16, u16, u8, u8, u8, u8, u16),
    st.builds(vendor.Emergency, u16, u8),
    st.builds(vendor.Status, st.lists(u8, max_size=40).map(tuple), u8),
)

to_controller: st.SearchStrategy[Message] = st.one_of(
    st.builds(vendor.Acknowledge),
    st.builds(vendor.Open, u16, u8, u16),
    st.builds(vendor.Elsewhere, u16, st.text(max_size=60)),
    st.builds(vendor.Denied, u16, u8),
    st.builds(vendor.Unlock, u16, u8, u16),
    st.builds(vendor.Raise, u16, u8),
    st.builds(vendor.Show, u16, st.text(max_size=60)),
    st.builds(vendor.QueryStatus),
    st.builds(vendor.Test, u16, u8),
)
