#!/usr/bin/env python3
# Every action of the app, and every button with an ID in ui/, is named by a test
# in tests/ui: "win.paste" or "row.pause" for actions, the ID for buttons.
# SPDX-License-Identifier: GPL-3.0-or-later

import re
import xml.etree.ElementTree as ElementTree

import source

BUTTONS = {
    "AdwButtonRow", "AdwSplitButton", "AdwSwitchRow", "GtkButton", "GtkCheckButton",
    "GtkFontButton", "GtkLinkButton", "GtkMenuButton", "GtkSwitch", "GtkToggleButton",
}

# "win.paste" of a widget class; a table's names get the prefix of the group that
# the same file puts it into, or "app" where they are added to the application.
INSTALLED = re.compile(r'install_(?:property_)?action \(\s*\w+,\s*"([\w-]+\.[\w-]+)"')
TABLE = re.compile(r"GActionEntry \w+\[\] =?\s*\{(.*?)\n\s*\};", re.DOTALL)
ENTRY = re.compile(r'\{\s*(?:\.name = )?"([\w-]+)"')
SINGLE = re.compile(r'g_(?:simple|property)_action_new(?:_stateful)? \(\s*"([\w-]+)"')
GROUP = re.compile(r'gtk_widget_insert_action_group \([^;]*?"([\w-]+)"')


def actions_of(path, text):
    code = source.without_comments(text)
    found = [(match[1], source.line_of(code, match.start()))
             for match in INSTALLED.finditer(code)]
    names = [(match[1], source.line_of(code, table.start(1) + match.start()))
             for table in TABLE.finditer(code) for match in ENTRY.finditer(table[1])]
    names += [(match[1], source.line_of(code, match.start())) for match in SINGLE.finditer(code)]
    group = GROUP.search(code)
    of_app = "shoal-application" in path or "G_ACTION_MAP (application)" in code
    prefix = group[1] if group else "app" if of_app else "win"
    return found + [(f"{prefix}.{name}", line) for name, line in names]


def buttons_of(text):
    # Meson leaves nothing to fill in; a broken file fails the build already.
    for element in ElementTree.fromstring(text).iter("object"):
        if element.get("class") in BUTTONS and element.get("id"):
            yield element.get("id")


def check(files):
    tests = "\n".join(text for path, text in files.items() if path.startswith("tests/ui/"))
    complaints = []
    for path, text in sorted(files.items()):
        if path.startswith("src/app/") and path.endswith(".c"):
            for name, line in actions_of(path, text):
                if not re.search(rf'["\']{re.escape(name)}\b(?!-)', tests):
                    complaints.append(f"{path}:{line}: no test names the action {name}")
        elif path.startswith("ui/") and path.endswith(".ui"):
            for name in buttons_of(text):
                if not re.search(rf'["\']{re.escape(name)}["\']', tests):
                    complaints.append(f"{path}: no test names the button {name}")
    return complaints


TESTS = {"tests/ui/test-a.c": '  ui_action (w, "win.paste", NULL);\n  ui_get (w, "a_button");\n'
                              '  ui_action (w, "row.stop", NULL);\n  ui_action (w, "app.a", NULL);'}
BAD = [
    ("src/app/a.c", '  gtk_widget_class_install_action (c, "win.copy", NULL, on_copy);\n'),
    ("src/app/a.c", '  gtk_widget_class_install_action (c, "win.past", NULL, on_copy);\n'),
    ("src/app/a.c", '  gtk_widget_class_install_action (c, "row.paste", NULL, on_copy);\n'),
    ("src/app/program/shoal-application.c",
     'static const GActionEntry E[] = {\n  { "b", on_b },\n};\n'),
    ("src/app/a.c", 'static const GActionEntry E[] = {\n  { "go", f },\n};\n  gtk_widget_insert'
                    '_action_group (w, "row", g);\n'),
    ("src/app/a.c", '  g_simple_action_new ("x", NULL);\n'),
    ("ui/a.ui", '<interface><object class="GtkButton" id="b_button"/></interface>\n'),
    ("ui/a.ui", '<interface><object class="GtkBox"><child><object class="GtkSwitch" id="a"/>'
                "</child></object></interface>\n"),
]
GOOD = [
    ("src/app/a.c", '  gtk_widget_class_install_action (c, "win.paste", NULL, on_copy);\n'),
    ("src/app/program/shoal-application.c",
     'static const GActionEntry E[] = {\n  { "a", on_b },\n};\n'),
    ("src/app/a.c", 'static const GActionEntry E[] = {\n  { "stop", f },\n};\n  gtk_widget_insert'
                    '_action_group (w, "row", g);\n'),
    ("ui/a.ui", '<interface><object class="GtkButton" id="a_button"/></interface>\n'),
    ("ui/a.ui", '<interface><object class="GtkButton"/><object class="GtkBox" id="b"/>'
                "</interface>\n"),
]

if __name__ == "__main__":
    source.main(lambda files: check({**TESTS, **files} if len(files) == 1 else files), BAD, GOOD)
