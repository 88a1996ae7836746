"""What stands at a gate: plate camera, card machine (dispenser or collector) and barrier. Free of Django.

===============  ==========================================================================
``card_frames``  the card machine's frames on its serial line
``card_device``  the machine's side, sans-I/O (the simulator runs it)
``card_host``    the host's side on a serial port
``barrier``      a barrier on Modbus RTU
``hikvision``    what a Hikvision plate camera posts
``digest``       HTTP Digest (RFC 7616), the server's side
``matching``     which of the expected plates a camera has read
===============  ==========================================================================
"""
