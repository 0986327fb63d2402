/* shoal-network-page.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-network-page.h"

#include "shoal-commands-settings.h"
#include "shoal-format.h"
#include "shoal-setting.h"

#include <glib/gi18n.h>
#include <string.h>

/* Limits are shown in MB/s. */
#define MB 1e6

struct _ShoalNetworkPage
{
  AdwPreferencesPage parent_instance;

  ShoalModel        *model;      /* (owned) (nullable): set once */
  GPtrArray         *checks;     /* (owned) of GtkCheckButton (unowned): one an interface */
  gboolean           is_setting; /* rows follow the settings; nobody has acted */

  GtkSpinButton     *download_limit, *upload_limit;
  GtkSpinButton     *slow_download_limit, *slow_upload_limit;
  GtkSwitch         *slow_switch, *metered_switch;
  GtkWidget         *port_row;
  AdwActionRow      *port_trouble;
  AdwExpanderRow    *interfaces_row;
  GtkSwitch         *all_interfaces_switch;
  AdwActionRow      *interfaces_trouble;
};

G_DEFINE_FINAL_TYPE (ShoalNetworkPage, shoal_network_page, ADW_TYPE_PREFERENCES_PAGE)

static void
change (ShoalNetworkPage *self, const char *key, GVariant *value)
{
  if (self->is_setting)
    g_variant_unref (g_variant_ref_sink (value));
  else
    shoal_setting_change (self->model, key, value, NULL, NULL);
}

/* --- Limits -------------------------------------------------------------- */

static char *
format_limit (double value)
{
  return value > 0 ? shoal_format_rate (value * MB) : g_strdup (_("No Limit"));
}

/* How many MB/s the unit stands for that follows a number; it may be left out. */
static double
unit_of (const char *text)
{
  while (*text == ' ' || g_str_has_prefix (text, SHOAL_FORMAT_SPACE))
    text += *text == ' ' ? 1 : strlen (SHOAL_FORMAT_SPACE);
  switch (g_ascii_tolower (*text))
    {
    case 'k':
      return 1e-3;
    case 'g':
      return 1e3;
    case 'b': /* and, in French, o */
    case 'o':
      return 1e-6;
    default:
      return 1;
    }
}

/* "2.5 MB/s", "2,5", "250 kB/s"; what is no number means no limit. */
static int
on_limit_input (GtkSpinButton *button, double *value)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (button));
  g_autofree char *shown = format_limit (gtk_spin_button_get_value (button));
  char *end;

  *value = gtk_spin_button_get_value (button);
  if (g_strcmp0 (text, shown) == 0)
    return TRUE; /* rounded, but nobody has changed it */
  *value = g_strtod (text, &end);
  *value *= end != text ? unit_of (end) : 0;
  return TRUE;
}

static gboolean
on_limit_output (GtkSpinButton *button)
{
  g_autofree char *text = format_limit (gtk_spin_button_get_value (button));

  if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (button)), text) != 0)
    gtk_editable_set_text (GTK_EDITABLE (button), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                  text, -1);
  return TRUE;
}

static const char *
key_of (ShoalNetworkPage *self, GtkSpinButton *button)
{
  if (button == self->download_limit)
    return "download-limit";
  if (button == self->upload_limit)
    return "upload-limit";
  return button == self->slow_download_limit ? "slow-download-limit" : "slow-upload-limit";
}

static void
on_limit_changed (ShoalNetworkPage *self, GtkSpinButton *button)
{
  double value = gtk_spin_button_get_value (button);

  change (self, key_of (self, button), g_variant_new_uint64 ((uint64_t) (value * MB + 0.5)));
}

static void
show_limit (GtkSpinButton *button, uint64_t limit)
{
  if ((uint64_t) (gtk_spin_button_get_value (button) * MB + 0.5) != limit)
    gtk_spin_button_set_value (button, (double) limit / MB);
}

static void
on_slow (ShoalNetworkPage *self)
{
  change (self, "slow-mode", g_variant_new_boolean (gtk_switch_get_active (self->slow_switch)));
}

static void
on_metered (ShoalNetworkPage *self)
{
  change (self, "metered-consent",
          g_variant_new_boolean (gtk_switch_get_active (self->metered_switch)));
}

/* --- The port ------------------------------------------------------------ */

static void
on_port_applied (ShoalNetworkPage *self)
{
  g_autofree char *text
    = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->port_row))));
  guint64 port = 0;

  if (text[0] != '\0' && !g_ascii_string_to_unsigned (text, 10, 0, SHOAL_MAX_PORT, &port, NULL))
    shoal_setting_show_trouble (self->port_row, self->port_trouble,
                                _("This is no port. Type a number from 1 to 65535, or 0 for one "
                                  "that is chosen by itself."));
  else
    shoal_setting_change (self->model, "port", g_variant_new_uint32 ((guint32) port),
                          self->port_row, self->port_trouble);
}

static void
show_port (ShoalNetworkPage *self, guint port)
{
  g_autofree char *text = g_strdup_printf ("%u", port);

  if (gtk_widget_has_css_class (self->port_row, "error")
      || (gtk_widget_get_state_flags (self->port_row) & GTK_STATE_FLAG_FOCUS_WITHIN) != 0
      || g_str_equal (gtk_editable_get_text (GTK_EDITABLE (self->port_row)), text))
    return;
  g_object_set (self->port_row, "show-apply-button", FALSE, NULL);
  gtk_editable_set_text (GTK_EDITABLE (self->port_row), text);
  g_object_set (self->port_row, "show-apply-button", TRUE, NULL);
}

/* --- Interfaces ---------------------------------------------------------- */

static void
change_interfaces (ShoalNetworkPage *self, const char *const *names)
{
  shoal_setting_change (self->model, "interfaces", g_variant_new_strv (names, -1),
                        GTK_WIDGET (self->interfaces_row), self->interfaces_trouble);
}

/* Those that are ticked. (transfer container) */
static char **
list_ticked (ShoalNetworkPage *self)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < self->checks->len; i++)
    {
      GtkCheckButton *check = g_ptr_array_index (self->checks, i);

      if (gtk_check_button_get_active (check))
        g_ptr_array_add (names, (char *) gtk_widget_get_name (GTK_WIDGET (check)));
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

static void
on_ticked (ShoalNetworkPage *self)
{
  g_autofree char **names = list_ticked (self);

  if (self->is_setting || gtk_switch_get_active (self->all_interfaces_switch))
    return;
  if (names[0] == NULL)
    shoal_setting_show_trouble (GTK_WIDGET (self->interfaces_row), self->interfaces_trouble,
                                _("Without any of them nobody can be reached. Choose at least "
                                  "one."));
  else
    change_interfaces (self, (const char *const *) names);
}

static void
on_all_interfaces (ShoalNetworkPage *self)
{
  static const char *const none[] = { NULL };
  gboolean all = gtk_switch_get_active (self->all_interfaces_switch);

  for (guint i = 0; i < self->checks->len; i++)
    gtk_widget_set_sensitive (g_ptr_array_index (self->checks, i), !all);
  if (self->is_setting)
    return;
  if (all)
    change_interfaces (self, none);
  else
    on_ticked (self);
}

static void
show_interfaces (ShoalNetworkPage *self, const ShoalSettings *settings)
{
  gboolean all = settings->interfaces == NULL || settings->interfaces[0] == NULL;
  g_autofree char *names = all ? NULL : g_strjoinv (", ", settings->interfaces);

  adw_expander_row_set_subtitle (self->interfaces_row, all ? _("All") : names);
  gtk_switch_set_active (self->all_interfaces_switch, all);
  for (guint i = 0; i < self->checks->len; i++)
    {
      GtkWidget *check = g_ptr_array_index (self->checks, i);

      gtk_widget_set_sensitive (check, !all);
      gtk_check_button_set_active (
        GTK_CHECK_BUTTON (check),
        all || g_strv_contains ((const char *const *) settings->interfaces,
                                gtk_widget_get_name (check)));
    }
}

static const char *
name_kind (const ShoalInterfaceInfo *info)
{
  if (g_strcmp0 (info->kind, "ethernet") == 0)
    return _("Cable");
  if (g_strcmp0 (info->kind, "wifi") == 0)
    return _("Wi-Fi");
  if (g_strcmp0 (info->kind, "vpn") == 0)
    return _("VPN");
  if (g_strcmp0 (info->kind, "container") == 0)
    return _("Containers");
  return _("Other");
}

static void
add_interface (ShoalNetworkPage *self, const char *name, const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *check = gtk_check_button_new ();

  gtk_widget_set_name (check, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  -1);
  gtk_widget_set_valign (check, GTK_ALIGN_CENTER);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), check);
  g_signal_connect_object (check, "toggled", G_CALLBACK (on_ticked), self, G_CONNECT_SWAPPED);
  g_ptr_array_add (self->checks, check);
  adw_expander_row_add_row (self->interfaces_row, row);
}

static gboolean
has_interface (ShoalNetworkPage *self, const char *name)
{
  for (guint i = 0; i < self->checks->len; i++)
    {
      if (g_strcmp0 (gtk_widget_get_name (g_ptr_array_index (self->checks, i)), name) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
on_interfaces (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalNetworkPage) self = user_data;
  g_autoptr (GPtrArray) interfaces
    = shoal_model_list_interfaces_finish (SHOAL_MODEL (source), result, NULL);
  const ShoalSettings *settings;

  if (interfaces == NULL || self->model == NULL)
    return;
  settings = shoal_model_get_settings (self->model);
  self->is_setting = TRUE;
  for (guint i = 0; i < interfaces->len; i++)
    {
      const ShoalInterfaceInfo *info = g_ptr_array_index (interfaces, i);
      g_autofree char *addresses = g_strjoinv (", ", info->addresses);
      g_autofree char *subtitle = shoal_format_join (name_kind (info), addresses, NULL);

      if (!has_interface (self, info->name))
        add_interface (self, info->name, subtitle);
    }
  /* Chosen before, and not there now. */
  for (gsize i = 0; settings != NULL && settings->interfaces != NULL
                    && settings->interfaces[i] != NULL; i++)
    {
      if (!has_interface (self, settings->interfaces[i]))
        add_interface (self, settings->interfaces[i], _("Not there now"));
    }
  if (settings != NULL)
    show_interfaces (self, settings);
  self->is_setting = FALSE;
}

/* --- GObject ------------------------------------------------------------- */

static void
update (ShoalNetworkPage *self)
{
  const ShoalSettings *settings = shoal_model_get_settings (self->model);

  if (settings == NULL)
    return;
  self->is_setting = TRUE;
  show_limit (self->download_limit, settings->download_limit);
  show_limit (self->upload_limit, settings->upload_limit);
  show_limit (self->slow_download_limit, settings->slow_download_limit);
  show_limit (self->slow_upload_limit, settings->slow_upload_limit);
  gtk_switch_set_active (self->slow_switch, settings->slow_mode);
  gtk_switch_set_active (self->metered_switch, settings->metered_consent);
  show_port (self, settings->port);
  show_interfaces (self, settings);
  self->is_setting = FALSE;
}

static void
shoal_network_page_dispose (GObject *object)
{
  ShoalNetworkPage *self = SHOAL_NETWORK_PAGE (object);

  g_ptr_array_set_size (self->checks, 0);
  g_clear_object (&self->model);
  gtk_widget_dispose_template (GTK_WIDGET (self), SHOAL_TYPE_NETWORK_PAGE);
  G_OBJECT_CLASS (shoal_network_page_parent_class)->dispose (object);
}

static void
shoal_network_page_finalize (GObject *object)
{
  g_ptr_array_unref (SHOAL_NETWORK_PAGE (object)->checks);
  G_OBJECT_CLASS (shoal_network_page_parent_class)->finalize (object);
}

static void
shoal_network_page_class_init (ShoalNetworkPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_network_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = shoal_network_page_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-network-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalNetworkPage, download_limit);
  gtk_widget_class_bind_template_child (widget_class, ShoalNetworkPage, upload_limit);
  gtk_widget_class_bind_template_child (widget_class, ShoalNetworkPage, slow_download_limit);
  gtk_widget_class_bind_template_child (widget_class, ShoalNetworkPage, slow_upload_limit);
  gtk_widget_class_bind_template_child (widget_class, ShoalNetworkPage, slow_switch);
  gtk_widget_class_bind_template_child (widget_class, ShoalNetworkPage, metered_switch);
  gtk_widget_class_bind_template_child (widget_class, ShoalNetworkPage, port_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalNetworkPage, port_trouble);
  gtk_widget_class_bind_template_child (widget_class, ShoalNetworkPage, interfaces_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalNetworkPage, all_interfaces_switch);
  gtk_widget_class_bind_template_child (widget_class, ShoalNetworkPage, interfaces_trouble);
  gtk_widget_class_bind_template_callback (widget_class, on_limit_input);
  gtk_widget_class_bind_template_callback (widget_class, on_limit_output);
  gtk_widget_class_bind_template_callback (widget_class, on_limit_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_slow);
  gtk_widget_class_bind_template_callback (widget_class, on_metered);
  gtk_widget_class_bind_template_callback (widget_class, on_port_applied);
  gtk_widget_class_bind_template_callback (widget_class, on_all_interfaces);
}

static void
shoal_network_page_init (ShoalNetworkPage *self)
{
  self->checks = g_ptr_array_new ();
  self->is_setting = TRUE; /* until there is a model */
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
shoal_network_page_set_model (ShoalNetworkPage *self, ShoalModel *model)
{
  g_return_if_fail (SHOAL_IS_NETWORK_PAGE (self) && self->model == NULL);

  self->model = g_object_ref (model);
  g_signal_connect_object (model, "settings-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  shoal_model_list_interfaces_async (model, on_interfaces, g_object_ref (self));
}
