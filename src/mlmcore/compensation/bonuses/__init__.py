"""The kinds of bonus: each takes a run's columns and says what it offers, row by row; `_money` turns rows into lines."""
