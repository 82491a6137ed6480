"""What is true about appointments: pure, standard library only, `now` is an argument."""
