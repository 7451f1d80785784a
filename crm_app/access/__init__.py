"""Who may do what: permissions, actor, guard, sessions, audit."""
