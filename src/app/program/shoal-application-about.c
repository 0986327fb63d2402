/* shoal-application-about.c: who made it, and what to copy when asking for help.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"
#define SHOAL_APPLICATION_ITSELF

#include "config.h"

#include "shoal-application-private.h"

#include "shoal-error.h"

#include <glib/gi18n.h>

static void
add_line (GString *text, const char *what, const char *value)
{
  g_string_append_printf (text, "%s: %s\n", what, value);
}

/* For a bug report: in English, and nothing that names the person. */
static char *
describe (ShoalApplication *self)
{
  GString *text = g_string_new (NULL);
  const char *const *listening = shoal_model_get_listening (self->model);
  const GError *error = shoal_model_get_error (self->model);
  g_autofree char *gtk = g_strdup_printf ("%u.%u.%u", gtk_get_major_version (),
                                          gtk_get_minor_version (), gtk_get_micro_version ());
  g_autofree char *adwaita = g_strdup_printf (
    "%u.%u.%u", adw_get_major_version (), adw_get_minor_version (), adw_get_micro_version ());
  g_autofree char *glib
    = g_strdup_printf ("%u.%u.%u", glib_major_version, glib_minor_version, glib_micro_version);
  g_autofree char *system = g_get_os_info (G_OS_INFO_KEY_PRETTY_NAME);
  g_autofree char *state = g_enum_to_string (SHOAL_TYPE_MODEL_STATE,
                                             (int) shoal_model_get_state (self->model));

  add_line (text, "Shoal", SHOAL_VERSION);
  add_line (text, "State", state);
  if (error != NULL)
    add_line (text, "Trouble", error->message);
  add_line (text, "Online", shoal_model_is_online (self->model) ? "yes" : "no");
  add_line (text, "Metered", shoal_model_is_metered (self->model) ? "yes" : "no");
  for (guint i = 0; listening[i] != NULL; i++)
    add_line (text, "Listening", listening[i]);
  g_string_append_printf (text, "Devices: %u\n",
                          g_list_model_get_n_items (shoal_model_get_devices (self->model)));
  add_line (text, "GTK", gtk);
  add_line (text, "libadwaita", adwaita);
  add_line (text, "GLib", glib);
  add_line (text, "Display", G_OBJECT_TYPE_NAME (gdk_display_get_default ()));
  add_line (text, "System", system != NULL ? system : "unknown");
  add_line (text, "Flatpak", g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS) ? "yes" : "no");
  return g_string_free (text, FALSE);
}

void
shoal_application_show_about (ShoalApplication *self)
{
  const char *developers[] = { _("The Shoal maintainers"), NULL };
  g_autofree char *debug_info = describe (self);

  adw_show_about_window (
    GTK_WINDOW (shoal_application_present (self)), "application-name", "Shoal",
    "application-icon", SHOAL_APPLICATION_ID, "version", SHOAL_VERSION, "developer-name",
    _("The Shoal maintainers"), "developers", developers, "license-type", GTK_LICENSE_GPL_3_0,
    "comments", _("Sends files straight from one computer to another."), "debug-info", debug_info,
    "debug-info-filename", "shoal.txt", "translator-credits", _("translator-credits"), NULL);
}
