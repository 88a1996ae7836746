"""OSDP on a serial port: the loops that give the state tables of ``hardware.osdp`` a port, a thread and a clock."""
