/* ui-checks.h: what must hold for any window, whatever it shows.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui-fixture.h"

/* Looks at all that is mapped in @window (NULL: ours) and fails the test, but goes
 * on, with a message for each: a label that is cut off, a widget smaller than it
 * must be or outside of what holds it, two texts over each other, text that stands
 * out by less than 4.5 to 1, a control without an accessible name. @name is of the
 * view, for the report and for the picture that ui_picture() takes. */
void ui_check_view (UiFixture *ui, GtkWidget *window, const char *name);

/* Fails if the window cannot be as narrow, and names what takes the room. */
void ui_check_least_width (GtkWidget *window, const char *name, int width);

/* What a person has named may be cut off: a label that begins with @text, from
 * now on, in all views. */
void ui_checks_allow_ellipsis (const char *text);
