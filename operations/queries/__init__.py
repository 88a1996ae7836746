"""What the desk shows. Each module reads one part of it in a fixed number of queries, whatever the size of the lot."""
