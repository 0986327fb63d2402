/* shoal-peer-row.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-peer-row.h"

#include "shoal-format.h"
#include "shoal-source-bar.h"
#include "shoal-steady-label.h"

#include <glib/gi18n.h>

#define AVATAR 32

struct _ShoalPeerRow
{
  AdwActionRow    parent_instance;

  char           *device; /* (owned) (nullable) */
  int             part;

  AdwAvatar      *avatar;
  GtkInscription *rate;
  GtkInscription *share;
};

G_DEFINE_FINAL_TYPE (ShoalPeerRow, shoal_peer_row, ADW_TYPE_ACTION_ROW)

/* What else there is to say than how it is reached. */
static const char *
state_in_words (const ShoalSourceInfo *info)
{
  static const struct { const char *state, *words; } TABLE[] = {
    { "stalled", N_("has gone quiet") },
    { "busy", N_("is busy") },
    { "changed", N_("has changed its copy") },
    { "banned", N_("sent wrong bytes; not asked any more") },
    { "gone", N_("has left") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (TABLE); i++)
    if (g_strcmp0 (TABLE[i].state, info->state) == 0)
      return _(TABLE[i].words);
  return "";
}

static char *
subtitle_of (const ShoalSourceInfo *info)
{
  gboolean gone = g_strcmp0 (info->state, "gone") == 0;

  return shoal_format_join (gone ? "" : shoal_format_path (info->reach), state_in_words (info),
                            info->is_complete ? _("has all of it") : "", NULL);
}

static void
set_subtitle (ShoalPeerRow *self, const ShoalSourceInfo *info)
{
  g_autofree char *words = subtitle_of (info);
  g_autofree char *escaped = g_markup_escape_text (words, -1);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), escaped);
  if (g_strcmp0 (gtk_widget_get_tooltip_text (GTK_WIDGET (self)), info->reach_why) != 0)
    gtk_widget_set_tooltip_text (GTK_WIDGET (self), info->reach_why);
}

void
shoal_peer_row_update (ShoalPeerRow *self, const ShoalSourceInfo *info, uint64_t total)
{
  g_autofree char *name = NULL;
  g_autofree char *rate = NULL;
  g_autofree char *share = NULL;

  g_return_if_fail (SHOAL_IS_PEER_ROW (self));

  name = shoal_format_name (info->name);
  share = total > 0 ? shoal_format_percent (info->bytes, total) : shoal_format_size (info->bytes);
  if (g_strcmp0 (self->device, info->device) != 0)
    {
      g_free (self->device);
      self->device = g_strdup (info->device);
    }
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), name);
  adw_avatar_set_text (self->avatar, name);
  set_subtitle (self, info);
  if (info->rate >= 1)
    rate = shoal_format_rate (info->rate);
  shoal_figure_set_text (self->rate, rate != NULL ? rate : "");
  shoal_figure_set_text (self->share, share);
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_peer_row_finalize (GObject *object)
{
  g_free (SHOAL_PEER_ROW (object)->device);

  G_OBJECT_CLASS (shoal_peer_row_parent_class)->finalize (object);
}

static void
shoal_peer_row_class_init (ShoalPeerRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shoal_peer_row_finalize;
}

static GtkInscription *
add_figure (ShoalPeerRow *self)
{
  GtkWidget *figure = shoal_figure_new ();

  gtk_widget_add_css_class (figure, "numeric");
  gtk_widget_add_css_class (figure, "dim-label");
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), figure);
  return GTK_INSCRIPTION (figure);
}

static void
shoal_peer_row_init (ShoalPeerRow *self)
{
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
  self->avatar = ADW_AVATAR (adw_avatar_new (AVATAR, NULL, TRUE));
  adw_action_row_add_prefix (ADW_ACTION_ROW (self), GTK_WIDGET (self->avatar));
  self->rate = add_figure (self);
  self->share = add_figure (self);
}

/* --- Public ---------------------------------------------------------------- */

GtkWidget *
shoal_peer_row_new (int part)
{
  ShoalPeerRow *self = g_object_new (SHOAL_TYPE_PEER_ROW, NULL);

  self->part = part;
  if (part >= 0)
    adw_action_row_add_suffix (ADW_ACTION_ROW (self), shoal_source_bar_new_swatch ((guint) part));
  return GTK_WIDGET (self);
}

const char *
shoal_peer_row_get_device (ShoalPeerRow *self)
{
  g_return_val_if_fail (SHOAL_IS_PEER_ROW (self), NULL);

  return self->device;
}

/* The row of @device at @index or below it. (nullable) */
static ShoalPeerRow *
find (GtkListBox *list, int index, const char *device)
{
  GtkListBoxRow *row;

  for (; (row = gtk_list_box_get_row_at_index (list, index)) != NULL; index++)
    if (g_strcmp0 (SHOAL_PEER_ROW (row)->device, device) == 0)
      return SHOAL_PEER_ROW (row);
  return NULL;
}

void
shoal_peer_row_sync (GtkListBox *list, ShoalSourceInfo *const *peers, uint64_t total,
                     gboolean coloured)
{
  GtkListBoxRow *surplus;
  int n = 0;

  for (; peers != NULL && peers[n] != NULL; n++)
    {
      ShoalPeerRow *row = find (list, n, peers[n]->device);

      /* Whoever stands in between has left. */
      while (row != NULL && gtk_list_box_get_row_at_index (list, n) != GTK_LIST_BOX_ROW (row))
        gtk_list_box_remove (list, GTK_WIDGET (gtk_list_box_get_row_at_index (list, n)));
      if (row == NULL || (coloured && row->part != n))
        {
          if (row != NULL)
            gtk_list_box_remove (list, GTK_WIDGET (row));
          row = SHOAL_PEER_ROW (shoal_peer_row_new (coloured ? n : -1));
          gtk_list_box_insert (list, GTK_WIDGET (row), n);
        }
      shoal_peer_row_update (row, peers[n], total);
    }
  while ((surplus = gtk_list_box_get_row_at_index (list, n)) != NULL)
    gtk_list_box_remove (list, GTK_WIDGET (surplus));
  gtk_widget_set_visible (GTK_WIDGET (list), n > 0);
}
