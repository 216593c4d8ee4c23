"""Worked domains: the bank (and its CRUD rival), library loans, and git as real data."""
