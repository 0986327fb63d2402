/* shoal-opening.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-opening.h"

#include "shoal-invite.h"
#include "shoal-join-dialog.h"
#include "shoal-open-link-dialog.h"

/* GVfs, which links from the desktop pass through, makes "shoal:///?xt=…" of
 * "shoal:?xt=…". (transfer full) */
static char *
undo_tidying (const char *what)
{
  static const char *const SCHEMES[] = { "shoal:", "magnet:" };

  for (guint i = 0; i < G_N_ELEMENTS (SCHEMES); i++)
    {
      gsize length = strlen (SCHEMES[i]);

      if (g_ascii_strncasecmp (what, SCHEMES[i], length) == 0
          && g_str_has_prefix (what + length, "///"))
        return g_strconcat (SCHEMES[i], what + length + strlen ("///"), NULL);
    }
  return g_strdup (what);
}

void
shoal_opening_show (ShoalWindow *parent, const char *what)
{
  g_autofree char *link = undo_tidying (what);

  if (shoal_invite_looks_like (link))
    shoal_join_dialog_show (parent, link);
  else
    shoal_open_link_dialog_show (GTK_WINDOW (parent), shoal_window_get_model (parent), link);
}
