/* shoal-person-actions.c: what can be done with a person, from a row or their page.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-person-actions.h"

#include "shoal-add-friend-dialog.h"
#include "shoal-commands.h"
#include "shoal-message-dialog.h"
#include "shoal-person-words.h"
#include "shoal-rename-dialog.h"
#include "shoal-sending.h"

#include <glib/gi18n.h>

/* One for each widget that offers them; goes with its action group. */
typedef struct
{
  GtkWidget          *widget; /* (unowned): holds the group, and so this */
  ShoalDeviceItem    *item;   /* (owned) */
  GSimpleActionGroup *group;  /* (unowned): owns this */
} Person;

/* A question, or a search, that outlives the widget. */
typedef struct
{
  ShoalWindow *window; /* (owned) */
  char        *device; /* (owned) */
  char        *name;   /* (owned) */
} Question;

static Question *
question_new (Person *person)
{
  Question *question = g_new0 (Question, 1);

  question->window = g_object_ref (shoal_window_of (person->widget));
  question->device = g_strdup (shoal_device_item_get_id (person->item));
  question->name = g_strdup (shoal_device_item_get_name (person->item));
  return question;
}

static void
question_free (Question *question)
{
  g_object_unref (question->window);
  g_free (question->device);
  g_free (question->name);
  g_free (question);
}

static const char *
get_id (Person *person)
{
  return shoal_device_item_get_id (person->item);
}

/* --- Sending and looking ------------------------------------------------- */

static void
on_send_files (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Person *person = user_data;

  shoal_sending_choose (person->widget, get_id (person), FALSE);
}

static void
on_send_folder (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Person *person = user_data;

  shoal_sending_choose (person->widget, get_id (person), TRUE);
}

static void
on_send_text (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Person *person = user_data;

  shoal_sending_write (person->widget, get_id (person));
}

static void
on_open (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Person *person = user_data;

  gtk_widget_activate_action (person->widget, "win.show-person", "s", get_id (person));
}

static void
on_copy_id (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Person *person = user_data;

  gdk_clipboard_set_text (gtk_widget_get_clipboard (person->widget), get_id (person));
  shoal_window_toast (shoal_window_of (person->widget), _("ID copied"));
}

/* --- Trust --------------------------------------------------------------- */

static void
on_add_friend (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Person *person = user_data;

  shoal_add_friend_dialog_present (shoal_window_of (person->widget), person->item);
}

static void
on_rename (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Person *person = user_data;

  shoal_rename_dialog_present (shoal_window_of (person->widget), person->item);
}

static void
say_blocked (Question *question)
{
  g_autofree char *text = g_strdup_printf (_("%s is blocked"), question->name);

  shoal_window_toast (question->window, text);
}

static void
on_found_to_block (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDeviceInfo) info
    = shoal_model_find_finish (SHOAL_MODEL (source), result, &error);

  if (info != NULL)
    {
      shoal_model_set_blocked (SHOAL_MODEL (source), info->id, TRUE);
      say_blocked (question);
    }
  else
    {
      shoal_window_toast_error (question->window, error);
    }
  question_free (question);
}

static void
on_block_response (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Question *question = user_data;
  ShoalModel *model = shoal_window_get_model (question->window);

  if (!g_str_equal (response, "block"))
    {
      question_free (question);
    }
  else if (shoal_is_whole_id (question->device))
    {
      shoal_model_set_blocked (model, question->device, TRUE);
      say_blocked (question);
      question_free (question);
    }
  else
    {
      shoal_model_find_async (model, question->device, SHOAL_FIND_TIMEOUT, NULL,
                              on_found_to_block, question);
    }
}

/* Asks before something that cannot be taken back. @heading: (transfer full) */
static void
ask (Person *person, char *heading, const char *body, const char *response,
     const char *label, GCallback callback)
{
  Question *question = question_new (person);
  GtkWidget *dialog = shoal_message_dialog_new (GTK_WINDOW (question->window), heading, body);

  g_free (heading);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), response,
                                    label, NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), response,
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect (dialog, "response", callback, question);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_block (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Person *person = user_data;

  ask (person, g_strdup_printf (_("Block %s?"), shoal_device_item_get_name (person->item)),
       _("Everything that runs between you is ended, and nothing they send reaches you any more. "
         "You can unblock them in the preferences."),
       "block", _("_Block"), G_CALLBACK (on_block_response));
}

static void
on_remove_response (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Question *question = user_data;
  g_autofree char *text = g_strdup_printf (_("%s is not your friend any more"), question->name);

  if (g_str_equal (response, "remove"))
    {
      shoal_model_remove_friend (shoal_window_get_model (question->window), question->device);
      shoal_window_toast (question->window, text);
    }
  question_free (question);
}

static void
on_remove (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Person *person = user_data;

  ask (person,
       g_strdup_printf (_("Remove %s from Your Friends?"),
                        shoal_device_item_get_name (person->item)),
       _("They no longer see what you share with friends, and you do not see theirs. To become "
         "friends again, both of you have to add each other."),
       "remove", _("_Remove"), G_CALLBACK (on_remove_response));
}

/* --- The group ----------------------------------------------------------- */

static const GActionEntry ENTRIES[] = {
  { .name = "send-files", .activate = on_send_files },
  { .name = "send-folder", .activate = on_send_folder },
  { .name = "send-text", .activate = on_send_text },
  { .name = "open", .activate = on_open },
  { .name = "add-friend", .activate = on_add_friend },
  { .name = "compare", .activate = on_add_friend },
  { .name = "rename", .activate = on_rename },
  { .name = "block", .activate = on_block },
  { .name = "remove", .activate = on_remove },
  { .name = "copy-id", .activate = on_copy_id },
};

static void
enable (Person *person, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (person->group), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static void
on_changed (ShoalDeviceItem *item, gpointer user_data)
{
  Person *person = user_data;
  ShoalDeviceInfo *info = shoal_device_item_get_info (item);

  enable (person, "add-friend", !info->is_friend);
  enable (person, "compare", info->is_friend && !info->is_verified);
  enable (person, "rename", info->is_friend);
  enable (person, "remove", info->is_friend);
  enable (person, "copy-id", shoal_is_whole_id (info->id));
}

static void
person_free (gpointer data)
{
  Person *person = data;

  g_signal_handlers_disconnect_by_data (person->item, person);
  g_object_unref (person->item);
  g_free (person);
}

void
shoal_person_actions_install (GtkWidget *widget, ShoalDeviceItem *item)
{
  g_autoptr (GSimpleActionGroup) group = NULL;
  Person *person;

  g_return_if_fail (GTK_IS_WIDGET (widget));

  if (item == NULL)
    {
      gtk_widget_insert_action_group (widget, "person", NULL);
      return;
    }

  group = g_simple_action_group_new ();
  person = g_new0 (Person, 1);
  person->widget = widget;
  person->item = g_object_ref (item);
  person->group = group;
  g_action_map_add_action_entries (G_ACTION_MAP (group), ENTRIES, G_N_ELEMENTS (ENTRIES), person);
  g_object_set_data_full (G_OBJECT (group), "shoal-person", person, person_free);
  g_signal_connect (item, "changed", G_CALLBACK (on_changed), person);
  on_changed (item, person);
  gtk_widget_insert_action_group (widget, "person", G_ACTION_GROUP (group));
}

GMenuModel *
shoal_person_menu_get (void)
{
  static GMenuModel *menu;

  if (menu == NULL)
    {
      g_autoptr (GtkBuilder) builder
        = gtk_builder_new_from_resource ("/io/github/shoal/Shoal/shoal-person-menu.ui");

      menu = G_MENU_MODEL (g_object_ref (gtk_builder_get_object (builder, "menu")));
    }
  return menu;
}
