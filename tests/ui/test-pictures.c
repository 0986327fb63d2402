/* test-pictures.c: every view, at each width, in each style; what must hold for all of them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The language is LANGUAGE's, with the catalogues of SHOAL_UI_LOCALES; high
 * contrast is ADW_DEBUG_HIGH_CONTRAST's, the direction SHOAL_UI_DIRECTION's.
 * SHOAL_UI_PICTURES keeps the pictures: VIEW-WIDTH-STYLE.png. */

#include "config.h"

#include "pictures.h"

#include <libintl.h>

static const int WIDTHS[] = { 360, 760, 1920 };

gboolean pictures_both_styles;

static void
shoot_style (UiFixture *ui, GtkWidget *window, const char *view, int width, gboolean dark)
{
  g_autofree char *name = g_strdup_printf ("%s-%d-%s", view, width, dark ? "dark" : "light");

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                           : ADW_COLOR_SCHEME_FORCE_LIGHT);
  ui_settle (ui);
  ui_check_view (ui, window, name);
}

static void
shoot_styles (UiFixture *ui, GtkWidget *window, const char *view, int width)
{
  shoot_style (ui, window, view, width, FALSE);
  if (pictures_both_styles)
    shoot_style (ui, window, view, width, TRUE);
}

void
shoot (UiFixture *ui, const char *view)
{
  for (guint i = 0; i < G_N_ELEMENTS (WIDTHS); i++)
    {
      ui_resize (ui, WIDTHS[i], WIDTHS[i] == 1920 ? 1080 : 640);
      ui_check_least_width (GTK_WIDGET (ui->window), view, WIDTHS[0]);
      shoot_styles (ui, GTK_WIDGET (ui->window), view, WIDTHS[i]);
    }
}

void
shoot_dialog (UiFixture *ui, const char *type, const char *view)
{
  GtkWidget *dialog = ui_get_class (NULL, type);
  int border;

  ui_settle (ui);
  border = gdk_surface_get_width (gtk_native_get_surface (GTK_NATIVE (dialog)))
           - gtk_widget_get_width (dialog);
  /* GTK's window of shortcuts is for whoever has a keyboard, and a screen. */
  if (!g_str_equal (type, "GtkShortcutsWindow"))
    ui_check_least_width (dialog, view, WIDTHS[0]);
  shoot_styles (ui, dialog, view, gtk_widget_get_width (dialog));
  if (gtk_window_get_resizable (GTK_WINDOW (dialog)))
    {
      gtk_window_set_default_size (GTK_WINDOW (dialog), WIDTHS[0] + border, 600 + border);
      ui_settle (ui);
      shoot_styles (ui, dialog, view, WIDTHS[0]);
    }
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
allow_names (void)
{
  static const char *const NAMES[] = { "/tmp/", "magnet:", "shoal:", "Holiday", "Plan" };

  for (guint i = 0; i < G_N_ELEMENTS (NAMES); i++)
    ui_checks_allow_ellipsis (NAMES[i]);
}

int
main (int argc, char **argv)
{
  const char *locales = g_getenv ("SHOAL_UI_LOCALES");
  gboolean right_to_left
    = g_strcmp0 (g_getenv ("SHOAL_UI_DIRECTION"), "right-to-left") == 0;

  ui_init (&argc, &argv);
  if (locales != NULL)
    {
      bindtextdomain (GETTEXT_PACKAGE, locales);
      bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
      textdomain (GETTEXT_PACKAGE);
    }
  if (right_to_left)
    gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  pictures_both_styles = !right_to_left && locales == NULL;
  allow_names ();

  add_pages ();
  add_dialogs ();
  return g_test_run ();
}
