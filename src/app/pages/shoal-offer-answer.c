/* shoal-offer-answer.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-offer-answer.h"

#include "shoal-choose-dialog.h"
#include "shoal-chooser.h"
#include "shoal-commands-settings.h"
#include "shoal-folder-room.h"
#include "shoal-format.h"
#include "shoal-message-dialog.h"
#include "shoal-offer-words.h"
#include "shoal-window.h"

#include <glib/gi18n.h>

/* Key of the window's data. */
#define CHOOSER "shoal-offer-chooser"

/* An answer on its way: what it needs when the card has gone. Reference-counted:
 * an open dialogue holds it, and then the command. */
typedef struct
{
  GWeakRef        window;    /* ShoalWindow */
  ShoalModel     *model;     /* (owned) */
  ShoalOfferItem *offer;     /* (owned) */
  char           *directory; /* (owned) (nullable): chosen */
  GtkDropDown    *limits;    /* (unowned): of a dialogue that is open */
} Answer;

static Answer *
answer_new (GtkWidget *widget, ShoalModel *model, ShoalOfferItem *offer)
{
  Answer *answer = g_rc_box_new0 (Answer);

  g_weak_ref_init (&answer->window, shoal_window_of (widget));
  answer->model = g_object_ref (model);
  answer->offer = g_object_ref (offer);
  return answer;
}

static void
answer_clear (gpointer data)
{
  Answer *answer = data;

  g_weak_ref_clear (&answer->window);
  g_free (answer->directory);
  g_object_unref (answer->offer);
  g_object_unref (answer->model);
}

static void
answer_unref (Answer *answer)
{
  g_rc_box_release_full (answer, answer_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_unref)

static void
unref_with_closure (gpointer data, GClosure *closure)
{
  answer_unref (data);
}

/* @dialog: answers by "response", and holds @answer as long as it is open. */
static void
hold (Answer *answer, gpointer dialog, GCallback on_response)
{
  g_signal_connect_data (dialog, "response", on_response, g_rc_box_acquire (answer),
                         unref_with_closure, G_CONNECT_DEFAULT);
}

static void
toast (Answer *answer, const char *text)
{
  g_autoptr (ShoalWindow) window = g_weak_ref_get (&answer->window);

  if (window != NULL)
    shoal_window_toast (window, text);
}

/* Says so if nobody waits for the answer any more. */
static gboolean
is_gone (Answer *answer)
{
  const ShoalOfferInfo *info = shoal_offer_item_get_info (answer->offer);
  g_autofree char *who = NULL;
  g_autofree char *text = NULL;

  if (shoal_model_find_offer (answer->model, info->id) != NULL)
    return FALSE;
  who = shoal_format_name (info->from->label);
  text = g_strdup_printf (_("This offer is gone: %s took it back, or it was answered elsewhere"),
                          who);
  toast (answer, text);
  return TRUE;
}

/* --- Accepting ----------------------------------------------------------- */

static void
on_accepted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Answer) answer = user_data;
  g_autoptr (ShoalWindow) window = g_weak_ref_get (&answer->window);
  g_autoptr (GError) error = NULL;
  g_autofree char *transfer = shoal_model_accept_finish (SHOAL_MODEL (source), result, &error);

  if (transfer == NULL && !is_gone (answer) && window != NULL)
    shoal_window_toast_error (window, error);
}

static void
accept (Answer *answer, const char *const *chosen)
{
  shoal_model_accept_async (answer->model, shoal_offer_item_get_id (answer->offer),
                            answer->directory, chosen, on_accepted, g_rc_box_acquire (answer));
}

void
shoal_offer_accept (GtkWidget *widget, ShoalModel *model, ShoalOfferItem *offer,
                    const char *directory, const char *const *chosen)
{
  g_autoptr (Answer) answer = answer_new (widget, model, offer);

  answer->directory = g_strdup (directory);
  accept (answer, chosen);
}

/* --- Save As ------------------------------------------------------------- */

static void ask_for_folder (Answer *answer);

static void
on_trouble_response (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Answer *answer = user_data;

  if (g_str_equal (response, "other") && !is_gone (answer))
    ask_for_folder (answer);
}

static void
tell_trouble (Answer *answer, const char *trouble)
{
  g_autoptr (GtkWindow) window = g_weak_ref_get (&answer->window);
  GtkWidget *dialog = shoal_message_dialog_new (window, _("It Cannot Go There"), trouble);

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "other",
                                    _("_Other Folder…"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "other");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  hold (answer, dialog, G_CALLBACK (on_trouble_response));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_room (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Answer) answer = user_data;
  const ShoalOfferInfo *info = shoal_offer_item_get_info (answer->offer);
  ShoalFolderRoom room = { 0 };
  g_autofree char *trouble = NULL;

  shoal_folder_room_ask_finish (result, &room, NULL);
  trouble = shoal_folder_room_explain (&room, answer->directory, info->bytes);
  if (is_gone (answer))
    return;
  if (trouble != NULL)
    tell_trouble (answer, trouble);
  else
    accept (answer, NULL);
}

static void
on_folder_chosen (GtkNativeDialog *chooser, int response, gpointer user_data)
{
  g_autoptr (Answer) answer = g_rc_box_acquire (user_data);
  g_autoptr (GtkNativeDialog) held = g_object_ref (chooser);
  g_autoptr (GObject) window = g_weak_ref_get (&answer->window);
  g_autoptr (GFile) folder = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (window != NULL)
    g_object_set_data (window, CHOOSER, NULL);
  if (folder == NULL)
    return;
  g_free (answer->directory);
  answer->directory = g_file_get_path (folder);
  if (answer->directory == NULL)
    toast (answer, _("This folder is not on this computer. Choose one that is."));
  else
    shoal_folder_room_ask_async (answer->directory, NULL, on_room, g_rc_box_acquire (answer));
}

/* The window owns the dialogue, as nobody else lives as long. */
static void
ask_for_folder (Answer *answer)
{
  const ShoalOfferInfo *info = shoal_offer_item_get_info (answer->offer);
  g_autoptr (GtkWindow) window = g_weak_ref_get (&answer->window);
  g_autofree char *name = shoal_format_name (info->name);
  g_autofree char *title = g_strdup_printf (_("Where Should “%s” Go?"), name);
  GtkFileChooserNative *chooser;

  if (window == NULL)
    return;
  chooser = shoal_chooser_new (window, title, GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Accept"));
  hold (answer, chooser, G_CALLBACK (on_folder_chosen));
  g_object_set_data_full (G_OBJECT (window), CHOOSER, chooser, g_object_unref);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

void
shoal_offer_save_as (GtkWidget *widget, ShoalModel *model, ShoalOfferItem *offer)
{
  g_autoptr (Answer) answer = answer_new (widget, model, offer);

  ask_for_folder (answer);
}

/* --- Choosing ------------------------------------------------------------ */

void
shoal_offer_choose_files (GtkWidget *widget, ShoalModel *model, ShoalOfferItem *offer)
{
  ShoalWindow *window = shoal_window_of (widget);

  g_return_if_fail (window != NULL);

  gtk_window_present (shoal_choose_dialog_new (GTK_WINDOW (window), model, offer));
}

/* --- Always accepting ---------------------------------------------------- */

static void
on_limit_response (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Answer *answer = user_data;
  const ShoalOfferInfo *info = shoal_offer_item_get_info (answer->offer);

  if (!g_str_equal (response, "always"))
    return;
  shoal_model_set_auto_accept (
    answer->model, info->from->id,
    shoal_accept_limit_of_row (gtk_drop_down_get_selected (answer->limits), FALSE));
  if (!is_gone (answer))
    accept (answer, NULL);
}

static GtkWidget *
make_limits (Answer *answer)
{
  const ShoalOfferInfo *info = shoal_offer_item_get_info (answer->offer);
  g_auto (GStrv) names = shoal_accept_limit_list (FALSE);
  GtkWidget *limits = gtk_drop_down_new_from_strings ((const char *const *) names);
  gint64 limit = MAX (info->from->auto_accept, (gint64) MIN (info->bytes, G_MAXINT64));

  gtk_widget_set_name (limits, "accept_limit");
  gtk_accessible_update_property (GTK_ACCESSIBLE (limits), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Largest size that is accepted without asking"), -1);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (limits), shoal_accept_limit_to_row (limit, FALSE));
  answer->limits = GTK_DROP_DOWN (limits);
  return limits;
}

void
shoal_offer_always_accept (GtkWidget *widget, ShoalModel *model, ShoalOfferItem *offer)
{
  g_autoptr (Answer) answer = answer_new (widget, model, offer);
  g_autoptr (GtkWindow) window = g_weak_ref_get (&answer->window);
  const ShoalOfferInfo *info = shoal_offer_item_get_info (offer);
  g_autofree char *who = shoal_format_name (info->from->label);
  g_autofree char *title = g_strdup_printf (_("Always Accept From %s?"), who);
  g_autofree char *body
    = g_strdup_printf (_("What %s offers is then fetched without a question, if it is no larger "
                         "than this. It holds for this device only, whatever others call "
                         "themselves, and can be changed in the preferences."), who);
  GtkWidget *dialog = shoal_message_dialog_new (window, title, body);

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "always",
                                    _("_Always Accept"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "always",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "always");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), make_limits (answer));
  hold (answer, dialog, G_CALLBACK (on_limit_response));
  gtk_window_present (GTK_WINDOW (dialog));
}
