"""What is written on an IC card, and how it is proved. Free of Django."""
