/* shoal-speed-graph.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-speed-graph.h"

#include "shoal-format.h"

#include <glib/gi18n.h>
#include <math.h>

#define MIN_HEIGHT 96
#define GUIDES 3
#define LINE_WIDTH 2.0
/* The graph does not look busy over nothing. */
#define MIN_TOP 10e3

struct _ShoalSpeedGraph
{
  GtkWidget  parent_instance;

  GtkWidget *scale;    /* (owned): the label at the top guide */

  double    *rates;    /* (owned) (nullable) */
  guint      n_rates;
  guint      capacity;
  double     top;      /* the rate at the top guide */
};

G_DEFINE_FINAL_TYPE (ShoalSpeedGraph, shoal_speed_graph, GTK_TYPE_WIDGET)

/* --- Figures --------------------------------------------------------------- */

/* The next of 1, 2, 5, 10, 20, 50, … above @rate. */
static double
round_up (double rate)
{
  double power = pow (10, floor (log10 (MAX (rate, MIN_TOP))));

  if (rate <= power)
    return MAX (power, MIN_TOP);
  if (rate <= 2 * power)
    return 2 * power;
  if (rate <= 5 * power)
    return 5 * power;
  return 10 * power;
}

static void
tell (ShoalSpeedGraph *self, double highest, double average)
{
  g_autofree char *top = shoal_format_rate (self->top);
  g_autofree char *now = NULL;
  g_autofree char *most = shoal_format_rate (highest);
  g_autofree char *mean = shoal_format_rate (average);
  g_autofree char *words = NULL;

  now = shoal_format_rate (self->n_rates > 0 ? self->rates[self->n_rates - 1] : 0);
  gtk_label_set_label (GTK_LABEL (self->scale), top);
  /* Translators: three rates, e.g. 85 MB/s. */
  words = g_strdup_printf (_("Now %s, at most %s, on average %s"), now, most, mean);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  words, -1);
}

/* --- Drawing --------------------------------------------------------------- */

static void
draw_guides (ShoalSpeedGraph *self, cairo_t *cairo, double width, double top, double height)
{
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (self->scale), &colour);
  cairo_set_source_rgba (cairo, colour.red, colour.green, colour.blue, 0.15 * colour.alpha);
  cairo_set_line_width (cairo, 1);
  for (int i = 0; i <= GUIDES; i++)
    {
      double y = floor (top + height * i / GUIDES) + 0.5;

      cairo_move_to (cairo, 0, y);
      cairo_line_to (cairo, width, y);
    }
  cairo_stroke (cairo);
}

/* Curves whose tangents are level with their neighbours never overshoot. */
static void
trace (ShoalSpeedGraph *self, cairo_t *cairo, double step, double right, double top,
       double height)
{
  for (guint i = 0; i < self->n_rates; i++)
    {
      double x = right - step * (self->n_rates - 1 - i);
      double y = top + height * (1 - MIN (1, self->rates[i] / self->top));
      double from_x, from_y;

      if (i == 0)
        {
          cairo_move_to (cairo, x, y);
          continue;
        }
      cairo_get_current_point (cairo, &from_x, &from_y);
      cairo_curve_to (cairo, (from_x + x) / 2, from_y, (from_x + x) / 2, y, x, y);
    }
}

static void
draw_line (ShoalSpeedGraph *self, cairo_t *cairo, double width, double top, double height)
{
  double step = width / MAX (1, self->capacity - 1);
  double left = width - step * (self->n_rates - 1);
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &colour);

  trace (self, cairo, step, width, top, height);
  cairo_line_to (cairo, width, top + height);
  cairo_line_to (cairo, left, top + height);
  cairo_close_path (cairo);
  cairo_set_source_rgba (cairo, colour.red, colour.green, colour.blue, 0.2 * colour.alpha);
  cairo_fill (cairo);

  trace (self, cairo, step, width, top, height);
  gdk_cairo_set_source_rgba (cairo, &colour);
  cairo_set_line_width (cairo, LINE_WIDTH);
  cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (cairo, CAIRO_LINE_CAP_ROUND);
  cairo_stroke (cairo);
}

static void
shoal_speed_graph_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ShoalSpeedGraph *self = SHOAL_SPEED_GRAPH (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  int above = gtk_widget_get_height (self->scale) + 2;
  double room = height - above - LINE_WIDTH;
  graphene_rect_t area;
  cairo_t *cairo;

  if (width > 0 && room > 0)
    {
      graphene_rect_init (&area, 0, 0, (float) width, (float) height);
      gtk_snapshot_push_clip (snapshot, &area);
      cairo = gtk_snapshot_append_cairo (snapshot, &area);
      draw_guides (self, cairo, width, above, room);
      if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
        {
          cairo_translate (cairo, width, 0);
          cairo_scale (cairo, -1, 1);
        }
      if (self->n_rates > 1)
        draw_line (self, cairo, width, above, room);
      cairo_destroy (cairo);
      gtk_snapshot_pop (snapshot);
    }
  gtk_widget_snapshot_child (widget, self->scale, snapshot);
}

static void
shoal_speed_graph_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                           int *minimum, int *natural, int *minimum_baseline,
                           int *natural_baseline)
{
  ShoalSpeedGraph *self = SHOAL_SPEED_GRAPH (widget);

  gtk_widget_measure (self->scale, orientation, -1, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      *minimum += MIN_HEIGHT;
      *natural = *minimum;
    }
  *minimum_baseline = *natural_baseline = -1;
}

static void
shoal_speed_graph_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ShoalSpeedGraph *self = SHOAL_SPEED_GRAPH (widget);
  GtkRequisition size;
  int x = 0;

  gtk_widget_get_preferred_size (self->scale, NULL, &size);
  /* At the old end of the line. */
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    x = width - size.width;
  gtk_widget_size_allocate (self->scale, &(GtkAllocation) { x, 0, size.width, size.height }, -1);
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_speed_graph_dispose (GObject *object)
{
  ShoalSpeedGraph *self = SHOAL_SPEED_GRAPH (object);

  g_clear_pointer (&self->scale, gtk_widget_unparent);

  G_OBJECT_CLASS (shoal_speed_graph_parent_class)->dispose (object);
}

static void
shoal_speed_graph_finalize (GObject *object)
{
  ShoalSpeedGraph *self = SHOAL_SPEED_GRAPH (object);

  g_free (self->rates);

  G_OBJECT_CLASS (shoal_speed_graph_parent_class)->finalize (object);
}

static void
shoal_speed_graph_class_init (ShoalSpeedGraphClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_speed_graph_dispose;
  object_class->finalize = shoal_speed_graph_finalize;
  widget_class->snapshot = shoal_speed_graph_snapshot;
  widget_class->measure = shoal_speed_graph_measure;
  widget_class->size_allocate = shoal_speed_graph_size_allocate;

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "speedgraph");
}

static void
shoal_speed_graph_init (ShoalSpeedGraph *self)
{
  /* The accent colour, whatever it is in this theme. */
  gtk_widget_add_css_class (GTK_WIDGET (self), "accent");

  self->scale = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                              NULL);
  gtk_widget_add_css_class (self->scale, "caption");
  gtk_widget_add_css_class (self->scale, "scale");
  gtk_widget_set_parent (self->scale, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Speed over the last minutes"), -1);
  shoal_speed_graph_set_rates (self, NULL, 0, 2);
}

/* --- Public ---------------------------------------------------------------- */

GtkWidget *
shoal_speed_graph_new (void)
{
  return g_object_new (SHOAL_TYPE_SPEED_GRAPH, NULL);
}

void
shoal_speed_graph_set_rates (ShoalSpeedGraph *self, const double *rates, guint n, guint capacity)
{
  double highest = 0, sum = 0;

  g_return_if_fail (SHOAL_IS_SPEED_GRAPH (self));

  g_free (self->rates);
  self->rates = g_new (double, MAX (n, 1));
  self->n_rates = n;
  self->capacity = MAX (MAX (capacity, n), 2);
  for (guint i = 0; i < n; i++)
    {
      self->rates[i] = rates[i] > 0 && !isinf (rates[i]) ? rates[i] : 0;
      highest = MAX (highest, self->rates[i]);
      sum += self->rates[i];
    }
  self->top = round_up (highest);
  tell (self, highest, n > 0 ? sum / n : 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
