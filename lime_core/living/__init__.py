"""An explanation as one file that is refitted in the browser, with sliders, without a server."""
