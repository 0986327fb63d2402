/* shoal-announce.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-announce.h"

#include <dlfcn.h>

/* GtkAccessibleAnnouncementPriority of GTK 4.14. */
enum
{
  PRIORITY_MEDIUM = 1,
  PRIORITY_HIGH = 2,
};

typedef void (*AnnounceFunc) (GtkAccessible *accessible, const char *words, int priority);

/* What was built with GTK 4.8 may run with a newer one. */
static AnnounceFunc
find_announce (void)
{
  return (AnnounceFunc) dlsym (RTLD_DEFAULT, "gtk_accessible_announce");
}

void
shoal_announce (GtkWidget *widget, const char *words, gboolean urgent)
{
  static AnnounceFunc announce;
  static gsize looked;

  if (g_once_init_enter (&looked))
    {
      announce = find_announce ();
      g_once_init_leave (&looked, 1);
    }
  if (announce != NULL && gtk_widget_get_mapped (widget))
    announce (GTK_ACCESSIBLE (widget), words, urgent ? PRIORITY_HIGH : PRIORITY_MEDIUM);
}
