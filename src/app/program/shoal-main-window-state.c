/* shoal-main-window-state.c: what the window remembers, and what closing it means.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"
#define SHOAL_MAIN_WINDOW_ITSELF

#include "config.h"

#include "shoal-application.h"
#include "shoal-main-window-private.h"

#include <glib/gi18n.h>

/* NULL when the schema is not installed: then nothing is remembered. */
static GSettings *
find_settings (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema
    = source != NULL ? g_settings_schema_source_lookup (source, SHOAL_APPLICATION_ID, TRUE) : NULL;

  return schema != NULL ? g_settings_new_full (schema, NULL, NULL) : NULL;
}

void
shoal_main_window_restore (ShoalMainWindow *self)
{
  self->view = find_settings ();
  if (self->view == NULL)
    return;

  g_settings_bind (self->view, "window-width", self, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->view, "window-height", self, "default-height", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->view, "window-maximized", self, "maximized", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->view, "page", self->pages, "visible-child-name",
                   G_SETTINGS_BIND_DEFAULT);
}

gboolean
shoal_main_window_closing (ShoalMainWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

  if (!SHOAL_IS_APPLICATION (application))
    return FALSE; /* a window of a test's own */
  shoal_application_close_window (SHOAL_APPLICATION (application));
  return TRUE;
}
