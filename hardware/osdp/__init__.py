"""OSDP (SIA OSDP 2.2, IEC 60839-11-5): the wire between a lot server and its controllers.

Everything here is sans-I/O: bytes and the time come in as arguments, bytes and events go out. The loops that run it on
a serial port are in ``hardware.line``.

===================  =====================================================================
``frames``           bytes on the wire to frames and back; survives noise
``commands``         what a control panel says; ``replies`` what a peripheral answers
``vendor``           Berth's own messages inside osdp_MFG and osdp_MFGREP
``secure_channel``   keys, cryptograms, MAC chain, encryption
``control_panel``    the lot server's side of one bus
``peripheral``       a controller's side
===================  =====================================================================
"""
