"""Files that templates name: one that is missing is a page without its look, and an error in production."""

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

NAMED = re.compile(r"""\{%\s*static\s+["']([^"']+)["']\s*%\}""")
TEMPLATES = settings.BASE_DIR / "templates"


def named_files() -> dict[str, Path]:
    """Every file that a template names, and one template that does."""
    return {
        name: template.relative_to(TEMPLATES)
        for template in TEMPLATES.rglob("*.html")
        for name in NAMED.findall(template.read_text())
    }


def test_every_file_that_a_template_names_exists():
    named = named_files()
    assert len(named) > 20
    missing = {name: str(template) for name, template in named.items() if not finders.find(name)}
    assert not missing


def test_every_stylesheet_and_script_is_named_by_a_template():
    named = named_files()
    # A module that others import is named by them.
    scripts = " ".join(script.read_text() for script in (settings.BASE_DIR / "static" / "js").glob("*.js"))
    own = [*(settings.BASE_DIR / "static").rglob("*.css"), *(settings.BASE_DIR / "static").rglob("*.js")]
    unused = [
        file.name
        for file in own
        if file.relative_to(settings.BASE_DIR / "static").as_posix() not in named and file.name not in scripts
    ]
    assert not unused
