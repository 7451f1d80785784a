"""Theme, layout, routes, language and the widgets that several pages use."""
