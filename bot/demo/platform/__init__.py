"""The pretend Seleqt platform's data: schema, people, data map, and a way to keep using it while a request runs."""
