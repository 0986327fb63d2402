/* shoal-source-bar.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-source-bar.h"

#include <glib/gi18n.h>

#define HEIGHT 12
#define SWATCH 12
#define GAP 2

/* Of the theme's palette; neighbours differ in brightness as well as in hue. */
static const char *const COLOURS[] = {
  "blue_4", "orange_2", "green_5", "purple_2", "brown_4", "yellow_4", "red_3",
};

struct _ShoalSourceBar
{
  GtkWidget  parent_instance;

  double    *parts;   /* (owned) (nullable) */
  guint      n_parts;
  guint      first;   /* the colour of the first part */
  gboolean   is_swatch;
};

G_DEFINE_FINAL_TYPE (ShoalSourceBar, shoal_source_bar, GTK_TYPE_WIDGET)

/* --- Drawing --------------------------------------------------------------- */

static void
get_colour (ShoalSourceBar *self, guint part, GdkRGBA *colour)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  const char *name = COLOURS[(self->first + part) % G_N_ELEMENTS (COLOURS)];

  if (!gtk_style_context_lookup_color (style, name, colour))
    gtk_style_context_get_color (style, colour);
}

static void
draw_parts (ShoalSourceBar *self, GtkSnapshot *snapshot, int width, int height)
{
  gboolean rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  double at = 0;

  for (guint i = 0; i < self->n_parts; i++)
    {
      double size = self->parts[i] * width;
      GdkRGBA colour;

      if (size <= 0)
        continue;
      get_colour (self, i, &colour);
      gtk_snapshot_append_color (
        snapshot, &colour,
        &GRAPHENE_RECT_INIT ((float) (rtl ? width - at - size : at), 0,
                             (float) MAX (1, size - (self->is_swatch ? 0 : GAP)),
                             (float) height));
      at += size;
    }
}

static void
shoal_source_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ShoalSourceBar *self = SHOAL_SOURCE_BAR (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  graphene_rect_t area = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
  GskRoundedRect rounded;
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  colour.alpha *= 0.15f;
  gsk_rounded_rect_init_from_rect (&rounded, &area, (float) height / (self->is_swatch ? 4 : 2));
  gtk_snapshot_push_rounded_clip (snapshot, &rounded);
  gtk_snapshot_append_color (snapshot, &colour, &area);
  draw_parts (self, snapshot, width, height);
  gtk_snapshot_pop (snapshot);
}

static void
shoal_source_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                          int *minimum, int *natural, int *minimum_baseline,
                          int *natural_baseline)
{
  ShoalSourceBar *self = SHOAL_SOURCE_BAR (widget);

  *minimum = *natural = self->is_swatch ? SWATCH : HEIGHT;
  *minimum_baseline = *natural_baseline = -1;
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_source_bar_finalize (GObject *object)
{
  g_free (SHOAL_SOURCE_BAR (object)->parts);

  G_OBJECT_CLASS (shoal_source_bar_parent_class)->finalize (object);
}

static void
shoal_source_bar_class_init (ShoalSourceBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = shoal_source_bar_finalize;
  widget_class->snapshot = shoal_source_bar_snapshot;
  widget_class->measure = shoal_source_bar_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "sourcebar");
}

static void
shoal_source_bar_init (ShoalSourceBar *self)
{
}

/* --- Public ---------------------------------------------------------------- */

GtkWidget *
shoal_source_bar_new (void)
{
  return g_object_new (SHOAL_TYPE_SOURCE_BAR, NULL);
}

GtkWidget *
shoal_source_bar_new_swatch (guint part)
{
  ShoalSourceBar *self
    = g_object_new (SHOAL_TYPE_SOURCE_BAR, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                    "valign", GTK_ALIGN_CENTER, NULL);
  double whole = 1;

  self->is_swatch = TRUE;
  self->first = part;
  self->parts = g_memdup2 (&whole, sizeof whole);
  self->n_parts = 1;
  return GTK_WIDGET (self);
}

void
shoal_source_bar_set_parts (ShoalSourceBar *self, const double *parts, guint n, const char *words)
{
  g_return_if_fail (SHOAL_IS_SOURCE_BAR (self) && words != NULL);

  g_free (self->parts);
  self->parts = g_memdup2 (parts, n * sizeof *parts);
  self->n_parts = n;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Where the bytes came from"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, words, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
