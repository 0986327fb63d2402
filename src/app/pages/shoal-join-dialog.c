/* shoal-join-dialog.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-join-dialog.h"

#include "shoal-commands-invites.h"
#include "shoal-dialog.h"
#include "shoal-engine-internet.h"
#include "shoal-error.h"
#include "shoal-invite.h"
#include "shoal-transfer-words.h"

#include <glib/gi18n.h>

struct _ShoalJoinDialog
{
  AdwWindow     parent_instance;

  ShoalModel   *model;   /* (owned) (nullable): NULL: closed */
  char         *text;    /* (owned): the invite */
  char         *name;    /* (owned): of whoever made it; never empty */
  GCancellable *looking; /* (owned) (nullable): while the other device is sought */

  GtkButton    *join_close_button;
  AdwAvatar    *join_avatar;
  GtkStack     *stack;
  GtkLabel     *join_question, *join_consent, *join_looking, *join_over;
  GtkWidget    *join_button, *join_again_button;
  GtkSpinner   *join_spinner;
};

G_DEFINE_FINAL_TYPE (ShoalJoinDialog, shoal_join_dialog, ADW_TYPE_WINDOW)

static void
show_page (ShoalJoinDialog *self, const char *page)
{
  gboolean is_looking = g_str_equal (page, "looking");

  gtk_spinner_set_spinning (self->join_spinner, is_looking);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "join.go", !is_looking);
  gtk_button_set_label (self->join_close_button,
                        g_str_equal (page, "over") ? _("_Close") : _("_Cancel"));
  gtk_stack_set_visible_child_name (self->stack, page);
}

static void
show_over (ShoalJoinDialog *self, const char *words, gboolean again)
{
  gtk_label_set_label (self->join_over, words);
  gtk_widget_set_visible (self->join_again_button, again);
  show_page (self, "over");
  gtk_widget_grab_focus (again ? self->join_again_button : GTK_WIDGET (self->join_close_button));
}

/* --- Looking --------------------------------------------------------------- */

static void
show_error (ShoalJoinDialog *self, const GError *error)
{
  g_autofree char *what = shoal_words_error (error, NULL);
  g_autofree char *next = shoal_words_next (error, NULL);
  g_autofree char *both = NULL;
  gboolean silent = g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_TIMED_OUT);

  /* Nobody tells one of these from the other, and that is as it should be: only
   * whoever has an invite that works is answered. */
  if (silent)
    both = g_strdup_printf (_("%s did not answer. Either Shoal is not running there now, or this "
                              "invite was used already: it works once. Ask, and try again."),
                            self->name);
  else
    both = g_strdup_printf ("%s %s", what, next);
  show_over (self, both, silent || !g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_REFUSED));
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalJoinDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = shoal_model_open_invite_finish (SHOAL_MODEL (source), result, &error);
  ShoalWindow *window;
  g_autofree char *words = NULL;

  if (self->model == NULL)
    return; /* closed meanwhile; the list of people shows whether it went well */
  g_clear_object (&self->looking);
  if (id == NULL)
    {
      show_error (self, error);
      return;
    }
  words = g_strdup_printf (_("%s is now your friend."), self->name);
  window = shoal_window_of (GTK_WIDGET (self));
  shoal_window_toast (window, words);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-page", "s", SHOAL_PAGE_PEOPLE);
  gtk_window_close (GTK_WINDOW (self));
}

static void
go (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalJoinDialog *self = SHOAL_JOIN_DIALOG (widget);

  show_page (self, "looking");
  gtk_widget_grab_focus (GTK_WIDGET (self->join_close_button));
  self->looking = g_cancellable_new ();
  shoal_model_open_invite_async (self->model, self->text, self->looking, on_opened,
                                 g_object_ref (self));
}

/* --- What is in it --------------------------------------------------------- */

static char *
hosts_of (const ShoalInvite *invite)
{
  g_autoptr (GStrvBuilder) hosts = g_strv_builder_new ();
  g_auto (GStrv) all = NULL;

  for (guint i = 0; i < invite->trackers->len; i++)
    {
      g_autoptr (GUri) uri
        = g_uri_parse (g_ptr_array_index (invite->trackers, i), G_URI_FLAGS_NONE, NULL);

      if (uri != NULL && g_uri_get_host (uri) != NULL)
        g_strv_builder_add (hosts, g_uri_get_host (uri));
    }
  all = g_strv_builder_end (hosts);
  return g_strjoinv (", ", all);
}

static void
show_question (ShoalJoinDialog *self, const ShoalInvite *invite)
{
  g_autofree char *question = g_strdup_printf (_("Become Friends with %s?"), self->name);
  g_autofree char *hosts = hosts_of (invite);
  /* Translators: %s are names of servers. */
  g_autofree char *consent = g_strdup_printf (
    _("To meet, Shoal asks servers on the internet (%s), which then see this computer’s address, "
      "but neither names nor files."),
    hosts);
  g_autofree char *looking = g_strdup_printf (
    _("Looking for %s… Shoal has to be running there, too. This may take a minute."), self->name);

  gtk_label_set_label (self->join_question, question);
  gtk_label_set_label (self->join_consent, consent);
  gtk_label_set_label (self->join_looking, looking);
  show_page (self, "ask");
  gtk_window_set_default_widget (GTK_WINDOW (self), self->join_button);
  gtk_widget_grab_focus (self->join_button);
}

/* What needs nobody else to be known. */
static void
show_invite (ShoalJoinDialog *self, const ShoalInvite *invite)
{
  g_autofree char *id = shoal_engine_get_inviter (self->text);
  ShoalDeviceItem *item = shoal_model_find_device (self->model, id);
  g_autofree char *words = NULL;

  if (g_strcmp0 (id, shoal_model_get_id (self->model)) == 0)
    words = g_strdup (_("You made this invite yourself. Give it to the person who is to become "
                        "your friend."));
  else if (item != NULL && shoal_device_item_get_info (item)->is_mutual)
    words = g_strdup_printf (_("You and %s are friends already."),
                             shoal_device_item_get_name (item));
  else if (invite->ends < g_get_real_time ())
    words = g_strdup_printf (_("This invite has ended: one works for a week. Ask %s for a new "
                               "one."), self->name);
  if (words != NULL)
    show_over (self, words, FALSE);
  else
    show_question (self, invite);
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_join_dialog_dispose (GObject *object)
{
  ShoalJoinDialog *self = SHOAL_JOIN_DIALOG (object);

  if (self->looking != NULL)
    g_cancellable_cancel (self->looking);
  g_clear_object (&self->looking);
  g_clear_object (&self->model);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->name, g_free);

  G_OBJECT_CLASS (shoal_join_dialog_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_child (klass, ShoalJoinDialog, join_close_button);
  gtk_widget_class_bind_template_child (klass, ShoalJoinDialog, join_avatar);
  gtk_widget_class_bind_template_child (klass, ShoalJoinDialog, stack);
  gtk_widget_class_bind_template_child (klass, ShoalJoinDialog, join_question);
  gtk_widget_class_bind_template_child (klass, ShoalJoinDialog, join_consent);
  gtk_widget_class_bind_template_child (klass, ShoalJoinDialog, join_looking);
  gtk_widget_class_bind_template_child (klass, ShoalJoinDialog, join_over);
  gtk_widget_class_bind_template_child (klass, ShoalJoinDialog, join_button);
  gtk_widget_class_bind_template_child (klass, ShoalJoinDialog, join_again_button);
  gtk_widget_class_bind_template_child (klass, ShoalJoinDialog, join_spinner);
}

static void
shoal_join_dialog_class_init (ShoalJoinDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_join_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-join-dialog.ui");
  bind_children (widget_class);
  gtk_widget_class_install_action (widget_class, "join.go", NULL, go);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
shoal_join_dialog_init (ShoalJoinDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  shoal_dialog_dispose_when_closed (GTK_WINDOW (self));
}

/* --- Public ---------------------------------------------------------------- */

void
shoal_join_dialog_show (ShoalWindow *parent, const char *text)
{
  ShoalJoinDialog *self = g_object_new (SHOAL_TYPE_JOIN_DIALOG, "transient-for", parent, NULL);
  g_autoptr (ShoalInvite) invite = shoal_invite_parse (text, NULL);

  self->model = g_object_ref (shoal_window_get_model (parent));
  self->text = g_strdup (text);
  self->name = g_strdup (invite != NULL && *invite->name != '\0' ? invite->name
                                                                 : _("the other person"));
  gtk_widget_set_visible (GTK_WIDGET (self->join_avatar), invite != NULL);
  adw_avatar_set_text (self->join_avatar, self->name);
  gtk_window_present (GTK_WINDOW (self));
  if (invite != NULL)
    show_invite (self, invite);
  else
    show_over (self, _("This invite is damaged or cut off. Copy all of it, from “shoal:i/” to "
                       "the end."), FALSE);
}
