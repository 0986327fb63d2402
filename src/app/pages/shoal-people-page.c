/* shoal-people-page.c: home: who is near, and our friends.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-people-page.h"

#include "shoal-commands.h"
#include "shoal-connect-dialog.h"
#include "shoal-drop.h"
#include "shoal-pasted.h"
#include "shoal-people-list.h"
#include "shoal-person-row.h"
#include "shoal-person-words.h"
#include "shoal-sending.h"

#include <glib/gi18n.h>

struct _ShoalPeoplePage
{
  AdwBin           parent_instance;

  ShoalModel      *model;   /* (owned) (nullable) */
  ShoalPeopleList *friends; /* (owned) (nullable) */
  ShoalPeopleList *nearby;  /* (owned) (nullable) */

  GtkImage        *visibility_icon;
  GtkLabel        *visibility_label;
  GtkStack        *stack;
  GtkWidget       *friends_section;
  GtkListBox      *friends_list;
  GtkListBox      *nearby_list;
  GtkLabel        *hint_label;
};

G_DEFINE_FINAL_TYPE (ShoalPeoplePage, shoal_people_page, ADW_TYPE_BIN)

/* --- Ourselves ----------------------------------------------------------- */

static const char *
get_nick (ShoalSeenBy seen_by)
{
  g_autoptr (GEnumClass) values = g_type_class_ref (SHOAL_TYPE_SEEN_BY);
  GEnumValue *value = g_enum_get_value (values, (int) seen_by);

  return value != NULL ? value->value_nick : "";
}

static void
show_visibility (ShoalPeoplePage *self)
{
  ShoalSettings *settings = shoal_model_get_settings (self->model);
  g_autofree char *words = NULL;

  if (settings == NULL)
    return;

  words = shoal_visibility_get_words (settings, shoal_model_is_online (self->model));
  gtk_label_set_label (self->visibility_label, words);
  gtk_image_set_from_icon_name (self->visibility_icon,
                                !shoal_model_is_online (self->model) ? "network-offline-symbolic"
                                : settings->visibility == SHOAL_VISIBLE_NOBODY
                                  ? "view-conceal-symbolic"
                                  : "view-reveal-symbolic");
}

static void
on_visibility_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalPeoplePage) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!shoal_model_change_settings_finish (SHOAL_MODEL (source), result, &error))
    shoal_model_tell_error (self->model, error);
}

static void
change_seen_by (ShoalPeoplePage *self, const char *nick)
{
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert (&changes, "seen-by", "s", nick);
  shoal_model_change_settings_async (self->model, g_variant_dict_end (&changes),
                                     on_visibility_stored, g_object_ref (self));
}

/* --- Lists --------------------------------------------------------------- */

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  return shoal_person_row_new (item);
}

static void
on_lists_changed (ShoalPeoplePage *self)
{
  gboolean has_friends = g_list_model_get_n_items (G_LIST_MODEL (self->friends)) > 0;
  gboolean has_near = g_list_model_get_n_items (G_LIST_MODEL (self->nearby)) > 0;

  gtk_widget_set_visible (self->friends_section, has_friends);
  gtk_stack_set_visible_child_name (self->stack, has_friends || has_near ? "people" : "empty");
}

static void
on_row_activated (GtkListBox *list, GtkListBoxRow *row, gpointer user_data)
{
  gtk_widget_activate_action (GTK_WIDGET (row), "person.open", NULL);
}

/* --- Dropping elsewhere -------------------------------------------------- */

static void
on_hover (GtkWidget *widget, gboolean over)
{
  ShoalPeoplePage *self = SHOAL_PEOPLE_PAGE (widget);

  if (over)
    gtk_widget_add_css_class (widget, "drop-anywhere");
  else
    gtk_widget_remove_css_class (widget, "drop-anywhere");
  gtk_label_set_label (self->hint_label,
                       over ? _("Drop on a person to send at once, or here to choose")
                            : _("Drop files on a person, or anywhere to choose"));
}

static void
on_dropped (GtkWidget *widget, ShoalPayload *payload)
{
  shoal_sending_ask (widget, payload);
}

static void
on_failed (GtkWidget *widget, const GError *error)
{
  shoal_sending_explain (widget, error, NULL);
}

static const ShoalDropFuncs drop_funcs = {
  .hover = on_hover,
  .dropped = on_dropped,
  .failed = on_failed,
};

/* --- Actions ------------------------------------------------------------- */

static void
on_connect (GtkWidget *widget, const char *action, GVariant *parameter)
{
  shoal_connect_dialog_present (shoal_window_of (widget));
}

/* --- GObject ------------------------------------------------------------- */

typedef enum
{
  PROP_MODEL = 1,
  PROP_SEEN_BY, /* the nick, as a state of people.seen-by */
} ShoalPeoplePageProperty;

static GParamSpec *props[PROP_SEEN_BY + 1];

static void
on_settings_changed (ShoalPeoplePage *self)
{
  show_visibility (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SEEN_BY]);
}

static void
set_model (ShoalPeoplePage *self, ShoalModel *model)
{
  if (model == NULL || self->model != NULL)
    return;

  self->model = g_object_ref (model);
  self->friends = shoal_people_list_new (shoal_model_get_devices (model), SHOAL_PEOPLE_FRIENDS);
  self->nearby = shoal_people_list_new (shoal_model_get_devices (model), SHOAL_PEOPLE_NEARBY);
  gtk_list_box_bind_model (self->friends_list, G_LIST_MODEL (self->friends), create_row, NULL,
                           NULL);
  gtk_list_box_bind_model (self->nearby_list, G_LIST_MODEL (self->nearby), create_row, NULL,
                           NULL);
  g_signal_connect_object (self->friends, "items-changed", G_CALLBACK (on_lists_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->nearby, "items-changed", G_CALLBACK (on_lists_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "settings-changed", G_CALLBACK (on_settings_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "notify::is-online", G_CALLBACK (show_visibility), self,
                           G_CONNECT_SWAPPED);
  on_lists_changed (self);
  on_settings_changed (self);
  shoal_pasted_tidy (shoal_model_get_state_dir (model));
}

static void
shoal_people_page_dispose (GObject *object)
{
  ShoalPeoplePage *self = SHOAL_PEOPLE_PAGE (object);

  g_clear_object (&self->friends);
  g_clear_object (&self->nearby);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (shoal_people_page_parent_class)->dispose (object);
}

static void
shoal_people_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  ShoalPeoplePage *self = SHOAL_PEOPLE_PAGE (object);
  ShoalSettings *settings
    = self->model != NULL ? shoal_model_get_settings (self->model) : NULL;

  switch ((ShoalPeoplePageProperty) prop_id)
    {
    case PROP_MODEL:
      g_value_set_object (value, self->model);
      break;

    case PROP_SEEN_BY:
      g_value_set_string (value, settings != NULL ? get_nick (settings->seen_by) : "");
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_people_page_set_property (GObject *object, guint prop_id, const GValue *value,
                                GParamSpec *pspec)
{
  ShoalPeoplePage *self = SHOAL_PEOPLE_PAGE (object);

  switch ((ShoalPeoplePageProperty) prop_id)
    {
    case PROP_MODEL:
      set_model (self, g_value_get_object (value));
      break;

    case PROP_SEEN_BY:
      change_seen_by (self, g_value_get_string (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_people_page_class_init (ShoalPeoplePageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_people_page_dispose;
  object_class->get_property = shoal_people_page_get_property;
  object_class->set_property = shoal_people_page_set_property;

  props[PROP_MODEL] = g_param_spec_object ("model", NULL, NULL, SHOAL_TYPE_MODEL,
                                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  props[PROP_SEEN_BY]
    = g_param_spec_string ("seen-by", NULL, NULL, "",
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-people-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalPeoplePage, visibility_icon);
  gtk_widget_class_bind_template_child (widget_class, ShoalPeoplePage, visibility_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalPeoplePage, stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalPeoplePage, friends_section);
  gtk_widget_class_bind_template_child (widget_class, ShoalPeoplePage, friends_list);
  gtk_widget_class_bind_template_child (widget_class, ShoalPeoplePage, nearby_list);
  gtk_widget_class_bind_template_child (widget_class, ShoalPeoplePage, hint_label);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);

  gtk_widget_class_install_action (widget_class, "people.connect", NULL, on_connect);
  gtk_widget_class_install_property_action (widget_class, "people.seen-by", "seen-by");
}

static void
shoal_people_page_init (ShoalPeoplePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  shoal_drop_add (GTK_WIDGET (self), &drop_funcs);
}

GtkWidget *
shoal_people_page_new (ShoalModel *model)
{
  g_return_val_if_fail (SHOAL_IS_MODEL (model), NULL);

  return g_object_new (SHOAL_TYPE_PEOPLE_PAGE, "model", model, NULL);
}
