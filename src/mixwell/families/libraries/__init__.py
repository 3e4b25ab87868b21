"""Functions of other libraries as elementwise names; start with `array_code`."""
