"""The only room that touches tables. One file per aggregate; callers hand in an open transaction."""
