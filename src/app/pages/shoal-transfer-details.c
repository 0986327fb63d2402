/* shoal-transfer-details.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-transfer-details.h"

#include "shoal-commands-history.h"
#include "shoal-files-view.h"
#include "shoal-format.h"
#include "shoal-link-button.h"
#include "shoal-peer-row.h"
#include "shoal-source-bar.h"
#include "shoal-speed-graph.h"
#include "shoal-transfer-actions.h"
#include "shoal-transfer-row.h"
#include "shoal-transfer-words.h"
#include "shoal-window.h"

#include <glib/gi18n.h>

struct _ShoalTransferDetails
{
  GtkWidget             parent_instance;

  ShoalModel           *model; /* (owned) */
  ShoalTransferItem    *item;  /* (owned) */
  GtkWidget            *origin; /* (weak): whose actions take it off the list */

  /* Of the template. */
  GtkWidget            *scrolled;
  GtkListBox           *summary_list;
  GtkWidget            *speed_group;
  ShoalSpeedGraph      *graph;
  AdwPreferencesGroup  *sources_group;
  ShoalSourceBar       *source_bar;
  GtkListBox           *sources_list;
  GtkWidget            *passing_group;
  AdwActionRow         *passing_row;
  GtkSwitch            *passing_switch;
  GtkListBox           *receivers_list;
  AdwActionRow         *files_row;
  AdwActionRow         *folder_row;
  AdwActionRow         *time_row;
  AdwActionRow         *link_row;
  ShoalLinkButton      *link_button;
};

G_DEFINE_FINAL_TYPE (ShoalTransferDetails, shoal_transfer_details, GTK_TYPE_WIDGET)

/* --- What it shows --------------------------------------------------------- */

/* Subtitles are markup. Shows @row with @text (transfer full), or hides it. */
static void
show_subtitle (AdwActionRow *row, char *text)
{
  g_autofree char *escaped = text != NULL ? g_markup_escape_text (text, -1) : NULL;

  gtk_widget_set_visible (GTK_WIDGET (row), text != NULL && *text != '\0');
  if (escaped != NULL && g_strcmp0 (adw_action_row_get_subtitle (row), escaped) != 0)
    adw_action_row_set_subtitle (row, escaped);
  g_free (text);
}

static void
on_rates_changed (ShoalTransferItem *item, ShoalTransferDetails *self)
{
  guint n;
  g_autofree double *rates = shoal_transfer_item_dup_rates (item, &n);

  shoal_speed_graph_set_rates (self->graph, rates, n, SHOAL_TRANSFER_ITEM_RATES);
  gtk_widget_set_visible (self->speed_group, n > 1);
}

static void
update_source_bar (ShoalTransferDetails *self, const ShoalTransferInfo *info, guint n)
{
  g_autofree double *parts = g_new0 (double, MAX (n, 1));
  g_autoptr (GString) words = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    {
      const ShoalSourceInfo *source = info->sources[i];
      g_autofree char *name = shoal_format_name (source->name);
      g_autofree char *percent = shoal_format_percent (source->bytes, info->total);

      parts[i] = info->total > 0 ? (double) source->bytes / (double) info->total : 0;
      /* Translators: a name, then a share of the whole: “Anna: 62 %”. */
      g_string_append_printf (words, _("%s: %s"), name, percent);
      g_string_append (words, i + 1 < n ? "; " : "");
    }
  shoal_source_bar_set_parts (self->source_bar, parts, n, words->str);
}

static void
update_sources (ShoalTransferDetails *self, const ShoalTransferInfo *info)
{
  gboolean is_send = info->direction == SHOAL_TRANSFER_SEND;
  ShoalSourceInfo *const *peers = is_send ? info->receivers : info->sources;
  guint n = 0;

  while (peers != NULL && peers[n] != NULL)
    n++;
  gtk_widget_set_visible (GTK_WIDGET (self->sources_group), n > 0);
  adw_preferences_group_set_title (self->sources_group, is_send ? _("Receiver") : _("Sources"));
  gtk_widget_set_visible (GTK_WIDGET (self->source_bar), !is_send);
  if (!is_send)
    update_source_bar (self, info, n);
  shoal_peer_row_sync (self->sources_list, peers, info->total, !is_send);
}

static void
update_passing (ShoalTransferDetails *self, const ShoalTransferInfo *info)
{
  g_autofree char *passing = shoal_transfer_words_passing (info);
  g_autofree char *given = NULL;
  gboolean is_get = info->direction == SHOAL_TRANSFER_GET && info->kind == SHOAL_CONTENT_FILES;

  gtk_widget_set_visible (self->passing_group, is_get
                          && (info->can_pass_on || info->passing_on || info->passed_on > 0));
  if (!is_get)
    return;
  if (info->passed_on > 0)
    {
      g_autofree char *size = shoal_format_size (info->passed_on);

      /* Translators: a size, e.g. 1.2 GB. */
      given = g_strdup_printf (_("%s given"), size);
    }
  show_subtitle (self->passing_row, shoal_format_join (passing != NULL ? passing : "",
                                                       given != NULL ? given : "", NULL));
  gtk_widget_set_visible (GTK_WIDGET (self->passing_row), TRUE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->passing_switch), info->can_pass_on);
  gtk_switch_set_state (self->passing_switch, info->may_pass_on);
  shoal_peer_row_sync (self->receivers_list, info->receivers, 0, FALSE);
}

static char *
time_of (const ShoalTransferInfo *info)
{
  g_autofree char *began = NULL;
  g_autofree char *took = NULL;
  g_autofree char *when = NULL;

  if (info->started_at == 0)
    return NULL;
  when = shoal_format_when (info->started_at / G_USEC_PER_SEC, NULL);
  /* Translators: a time, e.g. “14:03” or “3 March”. */
  began = g_strdup_printf (_("Began %s"), when);
  if (info->finished_at > info->started_at)
    {
      double seconds = (double) (info->finished_at - info->started_at) / G_USEC_PER_SEC;
      g_autofree char *duration = shoal_format_duration (seconds);

      /* Translators: how long, e.g. “3 minutes”. */
      took = g_strdup_printf (_("took %s"), duration);
    }
  return shoal_format_join (began, took != NULL ? took : "", NULL);
}

static char *
files_of (const ShoalTransferInfo *info)
{
  g_autofree char *all = shoal_format_files (info->files, 0);
  g_autofree char *done = NULL;
  g_autofree char *failed = NULL;

  if (info->files_done > 0 && info->files_done < info->files)
    done = g_strdup_printf (ngettext ("%'u done", "%'u done", info->files_done),
                            info->files_done);
  if (info->files_failed > 0)
    failed = g_strdup_printf (ngettext ("%'u failed", "%'u failed", info->files_failed),
                              info->files_failed);
  return shoal_format_join (all, done != NULL ? done : "", failed != NULL ? failed : "", NULL);
}

static void
on_changed (ShoalTransferItem *item, ShoalTransferDetails *self)
{
  const ShoalTransferInfo *info = shoal_transfer_item_get_info (item);
  gboolean has_files = info->kind == SHOAL_CONTENT_FILES && info->files > 0;

  update_sources (self, info);
  update_passing (self, info);
  show_subtitle (self->files_row, has_files ? files_of (info) : NULL);
  show_subtitle (self->folder_row, info->directory != NULL
                                     ? shoal_format_folder (info->directory) : NULL);
  show_subtitle (self->time_row, time_of (info));
  show_subtitle (self->link_row, g_strdup (info->link));
  shoal_link_button_set_link (self->link_button, info->link, NULL);
}

/* --- What it does ---------------------------------------------------------- */

/* The switch follows the transfer, not the hand: it turns once the engine did. */
static gboolean
on_passing_set (GtkSwitch *toggle, gboolean on, ShoalTransferDetails *self)
{
  const ShoalTransferInfo *info = shoal_transfer_item_get_info (self->item);

  if (info->may_pass_on != on)
    shoal_model_set_passing_on (self->model, info->id, on);
  return TRUE;
}

static void
show_files (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransferDetails *self = SHOAL_TRANSFER_DETAILS (widget);
  ShoalWindow *window = shoal_window_of (widget);

  if (window != NULL)
    shoal_window_push (window,
                       shoal_files_view_new (self->model, shoal_transfer_item_get_id (self->item)),
                       _("Files"));
}

static void
copy (GtkWidget *widget, const char *action, GVariant *parameter)
{
  shoal_transfer_actions_copy_details (widget, SHOAL_TRANSFER_DETAILS (widget)->item);
}

/* Taking off leads back to the list, which does it, with a way to undo it. */
static void
pass_back (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransferDetails *self = SHOAL_TRANSFER_DETAILS (widget);
  ShoalWindow *window = shoal_window_of (widget);

  if (self->origin != NULL)
    gtk_widget_activate_action_variant (self->origin, action, parameter);
  if (window != NULL)
    shoal_window_pop (window);
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_transfer_details_dispose (GObject *object)
{
  ShoalTransferDetails *self = SHOAL_TRANSFER_DETAILS (object);

  g_clear_weak_pointer (&self->origin);
  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  g_clear_object (&self->item);
  g_clear_object (&self->model);

  G_OBJECT_CLASS (shoal_transfer_details_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, scrolled);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, summary_list);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, speed_group);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, graph);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, sources_group);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, source_bar);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, sources_list);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, passing_group);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, passing_row);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, passing_switch);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, receivers_list);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, files_row);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, folder_row);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, time_row);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, link_row);
  gtk_widget_class_bind_template_child (klass, ShoalTransferDetails, link_button);
  gtk_widget_class_bind_template_callback (klass, on_passing_set);
}

static void
shoal_transfer_details_class_init (ShoalTransferDetailsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_transfer_details_dispose;
  g_type_ensure (SHOAL_TYPE_SPEED_GRAPH);
  g_type_ensure (SHOAL_TYPE_SOURCE_BAR);
  g_type_ensure (SHOAL_TYPE_LINK_BUTTON);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-transfer-details.ui");
  bind_children (widget_class);
  gtk_widget_class_install_action (widget_class, "details.files", NULL, show_files);
  gtk_widget_class_install_action (widget_class, "details.copy", NULL, copy);
  gtk_widget_class_install_action (widget_class, "transfers.cancel", "s", pass_back);
  gtk_widget_class_install_action (widget_class, "transfers.remove", "s", pass_back);
}

static void
shoal_transfer_details_init (ShoalTransferDetails *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* --- Public ---------------------------------------------------------------- */

GtkWidget *
shoal_transfer_details_new (ShoalModel *model, ShoalTransferItem *item, GtkWidget *origin)
{
  ShoalTransferDetails *self = g_object_new (SHOAL_TYPE_TRANSFER_DETAILS, NULL);
  GtkWidget *row = shoal_transfer_row_new (model, item);

  self->model = g_object_ref (model);
  self->item = g_object_ref (item);
  g_set_weak_pointer (&self->origin, origin);
  shoal_transfer_row_set_alone (SHOAL_TRANSFER_ROW (row));
  gtk_list_box_append (self->summary_list, row);
  g_signal_connect_object (item, "changed", G_CALLBACK (on_changed), self, 0);
  g_signal_connect_object (item, "rates-changed", G_CALLBACK (on_rates_changed), self, 0);
  on_changed (item, self);
  on_rates_changed (item, self);
  return GTK_WIDGET (self);
}
