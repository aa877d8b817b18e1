"""The pack: a client's whole pipeline in one zip file that can be read, checked and taken in elsewhere."""
