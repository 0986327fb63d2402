/* shoal-invites-group.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-invites-group.h"

#include "shoal-commands-invites.h"
#include "shoal-invite.h"

#include <glib/gi18n.h>

/* How often they are asked for while somebody looks. */
#define LOOK_SECONDS 2

struct _ShoalInvitesGroup
{
  AdwPreferencesGroup parent_instance;

  ShoalModel         *model;      /* (owned) (nullable): set once */
  GHashTable         *rows;       /* (owned): invite → its row (unowned) */
  guint               timer;      /* while the page is to be seen */
  gboolean            is_looking;
};

G_DEFINE_FINAL_TYPE (ShoalInvitesGroup, shoal_invites_group, ADW_TYPE_PREFERENCES_GROUP)

/* --- Rows ---------------------------------------------------------------- */

static void
add_button (GtkWidget *row, const char *id, const char *icon, const char *label,
            const char *action, const char *invite)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_name (button, id);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", invite);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
}

static void
add_row (ShoalInvitesGroup *self, const char *invite)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *day = shoal_invite_until (invite);
  /* Translators: %s is a day. */
  g_autofree char *title = g_strdup_printf (_("Works once, until %s"), day);

  gtk_widget_set_name (row, "invite_row");
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), invite);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
  add_button (row, "copy_waiting_button", "edit-copy-symbolic", _("Copy Invite"), "invites.copy",
              invite);
  add_button (row, "take_back_waiting_button", "user-trash-symbolic", _("Take Back"),
              "invites.take-back", invite);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  g_hash_table_insert (self->rows, g_strdup (invite), row);
}

/* Rows of those that wait still stay, so that the focus does. */
static void
show_invites (ShoalInvitesGroup *self, const char *const *invites)
{
  GHashTableIter iter;
  gpointer invite, row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &invite, &row))
    if (!g_strv_contains (invites, invite))
      {
        adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), row);
        g_hash_table_iter_remove (&iter);
      }
  for (guint i = 0; invites[i] != NULL; i++)
    if (!g_hash_table_contains (self->rows, invites[i]))
      add_row (self, invites[i]);
  gtk_widget_set_visible (GTK_WIDGET (self), g_hash_table_size (self->rows) > 0);
}

/* --- Asking -------------------------------------------------------------- */

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalInvitesGroup) self = user_data;
  g_auto (GStrv) invites = shoal_model_list_invites_finish (SHOAL_MODEL (source), result, NULL);

  self->is_looking = FALSE;
  if (invites != NULL && self->model != NULL)
    show_invites (self, (const char *const *) invites);
}

static gboolean
on_look (gpointer user_data)
{
  ShoalInvitesGroup *self = user_data;

  if (!self->is_looking)
    {
      self->is_looking = TRUE;
      shoal_model_list_invites_async (self->model, on_listed, g_object_ref (self));
    }
  return G_SOURCE_CONTINUE;
}

/* The page is mapped also while there is nothing to see of us. */
static void
on_page_mapped (ShoalInvitesGroup *self)
{
  if (self->timer == 0)
    self->timer = g_timeout_add_seconds (LOOK_SECONDS, on_look, self);
  on_look (self);
}

static void
on_page_unmapped (ShoalInvitesGroup *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
}

/* --- Acting -------------------------------------------------------------- */

static void
toast (GtkWidget *widget, const char *text)
{
  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (gtk_widget_get_root (widget)),
                                    adw_toast_new (text));
}

static void
copy (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget),
                          g_variant_get_string (parameter, NULL));
  toast (widget, _("Invite copied"));
}

static void
take_back (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalInvitesGroup *self = SHOAL_INVITES_GROUP (widget);

  shoal_model_cancel_invite (self->model, g_variant_get_string (parameter, NULL));
  toast (widget, _("The invite does not work any more"));
  on_look (self);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_invites_group_dispose (GObject *object)
{
  ShoalInvitesGroup *self = SHOAL_INVITES_GROUP (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_pointer (&self->rows, g_hash_table_unref);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (shoal_invites_group_parent_class)->dispose (object);
}

static void
shoal_invites_group_class_init (ShoalInvitesGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_invites_group_dispose;
  gtk_widget_class_install_action (widget_class, "invites.copy", "s", copy);
  gtk_widget_class_install_action (widget_class, "invites.take-back", "s", take_back);
}

static void
shoal_invites_group_init (ShoalInvitesGroup *self)
{
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

/* --- Public -------------------------------------------------------------- */

void
shoal_invites_group_set_model (ShoalInvitesGroup *self, ShoalModel *model)
{
  GtkWidget *page = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_PREFERENCES_PAGE);

  g_return_if_fail (SHOAL_IS_INVITES_GROUP (self) && self->model == NULL && page != NULL);

  self->model = g_object_ref (model);
  g_signal_connect_object (page, "map", G_CALLBACK (on_page_mapped), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "unmap", G_CALLBACK (on_page_unmapped), self,
                           G_CONNECT_SWAPPED);
}

char *
shoal_invite_until (const char *text)
{
  g_autoptr (ShoalInvite) invite = shoal_invite_parse (text, NULL);
  g_autoptr (GDateTime) end
    = invite != NULL ? g_date_time_new_from_unix_local (invite->ends / G_USEC_PER_SEC) : NULL;

  /* Translators: a day, as in “Sunday, 29 November”. */
  return end != NULL ? g_date_time_format (end, _("%A, %-d %B")) : g_strdup ("");
}
