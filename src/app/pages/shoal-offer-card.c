/* shoal-offer-card.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-offer-card.h"

#include "shoal-add-friend-dialog.h"
#include "shoal-avatar-ring.h"
#include "shoal-commands-history.h"
#include "shoal-commands-transfers.h"
#include "shoal-format.h"
#include "shoal-mark.h"
#include "shoal-offer-answer.h"
#include "shoal-offer-words.h"

#include <glib/gi18n.h>

/* Names are asked for by themselves up to this many files: more are a large
 * description, which is fetched when somebody wants to choose. */
#define MAX_LOOKED 2000u

struct _ShoalOfferCard
{
  AdwBin          parent_instance;

  ShoalModel     *model;  /* (owned) */
  ShoalOfferItem *offer;  /* (owned) */
  ShoalRoomWatch *watch;  /* (owned) */
  ShoalFileList  *files;  /* (owned) (nullable): not known yet */
  GCancellable   *look;   /* (owned) (nullable): asked for them */
  gboolean        is_blocked; /* it cannot go to the download folder */

  ShoalAvatarRing *avatar;
  ShoalMark       *mark;
  GtkLabel        *title, *namesake, *what, *names, *where;
  GtkWidget       *put_away_button;
  GtkWidget       *contact;
  GtkLabel        *code, *compare;
  GtkWidget       *add_friend_button;
  GtkWidget       *trouble;
  GtkLabel        *trouble_text;
  GtkMenuButton   *decline_button;
  GtkPopover      *decline_popover;
  GtkLabel        *reason_label;
  GtkEditable     *reason;
  GtkWidget       *confirm_decline_button;
  AdwSplitButton  *accept_button;
};

G_DEFINE_FINAL_TYPE (ShoalOfferCard, shoal_offer_card, ADW_TYPE_BIN)

enum
{
  PUT_AWAY,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- What it says -------------------------------------------------------- */

/* Hidden without a text; set only when it changes, so that nothing is read twice. */
static void
set_text (GtkLabel *label, const char *text)
{
  if (g_strcmp0 (gtk_label_get_label (label), text != NULL ? text : "") != 0)
    gtk_label_set_label (label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL && text[0] != '\0');
}

static void
update_room (ShoalOfferCard *self)
{
  const ShoalOfferInfo *info = shoal_offer_item_get_info (self->offer);
  const ShoalFolderRoom *room = shoal_room_watch_get_room (self->watch);
  const char *directory = shoal_room_watch_get_directory (self->watch);
  gboolean is_files = info->kind == SHOAL_CONTENT_FILES;
  g_autofree char *trouble = NULL;
  g_autofree char *where = NULL;

  if (is_files && directory != NULL)
    {
      g_autofree char *name = shoal_folder_get_name (directory);

      trouble = shoal_folder_room_explain (room, directory, info->bytes);
      if (trouble == NULL && room->has_free)
        {
          g_autofree char *there = shoal_format_size (room->free);

          where = g_strdup_printf (_("To “%s” · %s free"), name, there);
        }
      else if (trouble == NULL)
        {
          where = g_strdup_printf (_("To “%s”"), name);
        }
    }
  self->is_blocked = trouble != NULL;
  set_text (self->where, where);
  set_text (self->trouble_text, trouble);
  gtk_widget_set_visible (self->trouble, trouble != NULL);
  if (!is_files)
    adw_split_button_set_label (self->accept_button, _("_Show"));
  else
    adw_split_button_set_label (self->accept_button,
                                self->is_blocked ? _("_Save As…") : _("_Accept"));
}

/* Who offers it, as that is known now: the offer says how it was when it came. */
static const ShoalDeviceInfo *
get_from (ShoalOfferCard *self)
{
  const ShoalDeviceInfo *from = shoal_offer_item_get_info (self->offer)->from;
  ShoalDeviceItem *device = shoal_model_find_device (self->model, from->id);

  return device != NULL ? shoal_device_item_get_info (device) : from;
}

static void
update_contact (ShoalOfferCard *self)
{
  const ShoalOfferInfo *info = shoal_offer_item_get_info (self->offer);
  const ShoalDeviceInfo *from = get_from (self);
  g_autofree char *compare = shoal_offer_get_compare (from->label);
  g_autofree char *namesake = shoal_offer_get_namesake (from);
  g_autofree char *code = info->code != NULL ? shoal_format_code (info->code) : NULL;
  g_autofree char *spelt = NULL;

  gtk_widget_set_visible (self->contact, code != NULL && !from->is_friend);
  set_text (self->code, code);
  set_text (self->compare, compare);
  set_text (self->namesake, namesake);
  shoal_mark_set_mark (self->mark, from->unique_name ? NULL : from->mark);
  if (code == NULL)
    return;
  /* Translators: read aloud to those who do not see it; %s: six digits. */
  spelt = g_strdup_printf (_("Code: %s"), code);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->code), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  spelt, -1);
}

static void
update (ShoalOfferCard *self)
{
  const ShoalOfferInfo *info = shoal_offer_item_get_info (self->offer);
  g_autofree char *who = shoal_format_name (info->from->label);
  g_autofree char *title = shoal_offer_get_title (info);
  g_autofree char *contents = shoal_offer_get_contents (info, self->files);
  g_autofree char *names = self->files != NULL ? shoal_offer_get_names (self->files) : NULL;
  g_autofree char *tell = g_strdup_printf (_("Tell %s why, if you like."), who);
  gboolean is_files = info->kind == SHOAL_CONTENT_FILES;

  shoal_avatar_ring_set_text (self->avatar, info->from->label);
  shoal_avatar_ring_set_picture (self->avatar, get_from (self)->picture);
  set_text (self->title, title);
  set_text (self->what, contents);
  set_text (self->names, names);
  set_text (self->reason_label, tell);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, contents, -1);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "offer.save-as", is_files);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "offer.choose-files",
                                 is_files && info->files > 1);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "offer.always-accept",
                                 get_from (self)->is_friend);
  update_contact (self);
  update_room (self);
}

/* --- The names inside ---------------------------------------------------- */

static void
on_files (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalOfferCard) self = user_data;

  /* Without an answer the card says the number of files, which is enough. */
  self->files = shoal_model_list_files_finish (SHOAL_MODEL (source), result, NULL);
  if (self->files != NULL && self->look != NULL)
    update (self);
}

static void
look_inside (ShoalOfferCard *self)
{
  const ShoalOfferInfo *info = shoal_offer_item_get_info (self->offer);

  if (self->look != NULL || info->kind != SHOAL_CONTENT_FILES || info->files > MAX_LOOKED)
    return;
  self->look = g_cancellable_new ();
  shoal_model_list_files_async (self->model, info->id, self->look, on_files, g_object_ref (self));
}

/* --- Answers ------------------------------------------------------------- */

static void
on_put_away (ShoalOfferCard *self)
{
  g_signal_emit (self, signals[PUT_AWAY], 0);
}

static void
on_add_friend (ShoalOfferCard *self)
{
  const char *id = shoal_offer_item_get_info (self->offer)->from->id;
  ShoalDeviceItem *device = shoal_model_find_device (self->model, id);
  ShoalWindow *window = shoal_window_of (GTK_WIDGET (self));

  if (device != NULL && window != NULL)
    shoal_add_friend_dialog_present (window, device);
}

static void
on_accept (ShoalOfferCard *self)
{
  if (self->is_blocked)
    shoal_offer_save_as (GTK_WIDGET (self), self->model, self->offer);
  else
    shoal_offer_accept (GTK_WIDGET (self), self->model, self->offer, NULL, NULL);
}

static void
on_declined (ShoalOfferCard *self)
{
  g_autofree char *reason = g_strstrip (g_strdup (gtk_editable_get_text (self->reason)));

  gtk_popover_popdown (self->decline_popover);
  shoal_model_decline (self->model, shoal_offer_item_get_id (self->offer),
                       reason[0] != '\0' ? reason : NULL);
}

static void
save_as (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalOfferCard *self = SHOAL_OFFER_CARD (widget);

  shoal_offer_save_as (widget, self->model, self->offer);
}

static void
choose_files (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalOfferCard *self = SHOAL_OFFER_CARD (widget);

  shoal_offer_choose_files (widget, self->model, self->offer);
}

static void
always_accept (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalOfferCard *self = SHOAL_OFFER_CARD (widget);

  shoal_offer_always_accept (widget, self->model, self->offer);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_offer_card_dispose (GObject *object)
{
  ShoalOfferCard *self = SHOAL_OFFER_CARD (object);

  if (self->look != NULL)
    g_cancellable_cancel (self->look);
  g_clear_object (&self->look);
  g_clear_pointer (&self->files, shoal_file_list_unref);
  g_clear_object (&self->watch);
  g_clear_object (&self->offer);
  g_clear_object (&self->model);
  gtk_widget_dispose_template (GTK_WIDGET (self), SHOAL_TYPE_OFFER_CARD);
  G_OBJECT_CLASS (shoal_offer_card_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, avatar);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, mark);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, title);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, namesake);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, what);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, names);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, where);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, put_away_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, contact);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, code);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, compare);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, add_friend_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, trouble);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, trouble_text);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, decline_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, decline_popover);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, reason_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, reason);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, confirm_decline_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalOfferCard, accept_button);
  gtk_widget_class_bind_template_callback (widget_class, on_put_away);
  gtk_widget_class_bind_template_callback (widget_class, on_add_friend);
  gtk_widget_class_bind_template_callback (widget_class, on_accept);
  gtk_widget_class_bind_template_callback (widget_class, on_declined);
}

static void
shoal_offer_card_class_init (ShoalOfferCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_offer_card_dispose;
  signals[PUT_AWAY] = g_signal_new ("put-away", SHOAL_TYPE_OFFER_CARD, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
  g_type_ensure (SHOAL_TYPE_AVATAR_RING);
  g_type_ensure (SHOAL_TYPE_MARK);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-offer-card.ui");
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "offer.save-as", NULL, save_as);
  gtk_widget_class_install_action (widget_class, "offer.choose-files", NULL, choose_files);
  gtk_widget_class_install_action (widget_class, "offer.always-accept", NULL, always_accept);
}

static void
shoal_offer_card_init (ShoalOfferCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
shoal_offer_card_new (ShoalModel *model, ShoalOfferItem *offer, ShoalRoomWatch *watch)
{
  ShoalOfferCard *self = g_object_new (SHOAL_TYPE_OFFER_CARD, NULL);
  ShoalDeviceItem *device
    = shoal_model_find_device (model, shoal_offer_item_get_info (offer)->from->id);

  self->model = g_object_ref (model);
  self->offer = g_object_ref (offer);
  self->watch = g_object_ref (watch);
  g_signal_connect_object (offer, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  if (device != NULL)
    g_signal_connect_object (device, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (watch, "changed", G_CALLBACK (update_room), self, G_CONNECT_SWAPPED);
  update (self);
  look_inside (self);
  return GTK_WIDGET (self);
}

ShoalOfferItem *
shoal_offer_card_get_offer (ShoalOfferCard *self)
{
  g_return_val_if_fail (SHOAL_IS_OFFER_CARD (self), NULL);

  return self->offer;
}
