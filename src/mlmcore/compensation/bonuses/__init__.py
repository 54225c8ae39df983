"""The kinds of bonus: each says what it offers, row by row; `_money` turns the rows into lines."""
