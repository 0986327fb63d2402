/* shoal-trouble-page.h: “Can't see the other device?”
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* For shoal_window_push(): checks, step by step, while one looks. */
#define SHOAL_TYPE_TROUBLE_PAGE (shoal_trouble_page_get_type ())
G_DECLARE_FINAL_TYPE (ShoalTroublePage, shoal_trouble_page, SHOAL, TROUBLE_PAGE, AdwBin)

GtkWidget *shoal_trouble_page_new (ShoalModel *model);

G_END_DECLS
