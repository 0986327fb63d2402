/* pictures.h: taking a view at each width and in each style. See test-pictures.c.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui-checks.h"

/* In languages and high contrast nothing else changes between light and dark. */
extern gboolean pictures_both_styles;

/* What the main window shows. */
void shoot        (UiFixture *ui, const char *view);
/* A dialogue has one size, which must be possible on the narrowest screen. Closes it. */
void shoot_dialog (UiFixture *ui, const char *type, const char *view);

/* A friend who is near (returned), a stranger, and a friend who is away and for
 * whom a file waits. */
UiPerson *gather (UiFixture *ui);

/* pictures-pages.c, pictures-dialogs.c */
void add_pages   (void);
void add_dialogs (void);
