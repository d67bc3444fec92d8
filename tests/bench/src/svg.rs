//! Curves as pictures: an SVG file each, x logarithmic, y from zero.

use crate::curves::Curve;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::error::Error;
use std::path::Path;

const SIZE: (u32, u32) = (720, 400);
const FONT: (&str, u32) = ("sans-serif", 15);
/// Told apart without colour too: the second line is dashed.
const COLOURS: [RGBColor; 2] = [RGBColor(0x1b, 0x4f, 0x72), RGBColor(0xb0, 0x3a, 0x2e)];

/// Writes one file for each curve.
///
/// # Errors
/// The folder cannot be written.
pub fn write(curves: &[Curve], folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    for curve in curves {
        let path = folder.join(format!("{}.svg", curve.name));
        let area = SVGBackend::new(&path, SIZE).into_drawing_area();
        draw(&area, curve).map_err(|why| format!("{}: {why}", path.display()))?;
    }
    Ok(())
}

fn draw(area: &DrawingArea<SVGBackend<'_>, Shift>, curve: &Curve) -> Result<(), Box<dyn Error>> {
    area.fill(&WHITE)?;
    let points = || curve.lines.iter().flat_map(|(_, points)| points);
    let least = points().map(|(many, _)| *many).min().ok_or("a curve without points")?;
    let most = points().map(|(many, _)| *many).max().ok_or("a curve without points")?;
    let highest = points().map(|(_, cost)| *cost).fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption(curve.title, ("sans-serif", 20))
        .margin(16)
        .margin_right(48)
        .x_label_area_size(48)
        .y_label_area_size(64)
        .build_cartesian_2d((least..most).log_scale(), 0.0..highest * 1.3)?;
    chart
        .configure_mesh()
        .x_desc(curve.grows)
        .y_desc("ns a check")
        .y_label_formatter(&|cost| format!("{cost:.0}"))
        .label_style(FONT)
        .axis_desc_style(FONT)
        .light_line_style(TRANSPARENT)
        .draw()?;
    for ((name, points), colour) in curve.lines.iter().zip(COLOURS) {
        let dashed = colour != COLOURS[0];
        let style = colour.stroke_width(2);
        if dashed {
            let line = DashedLineSeries::new(points.iter().copied(), 8, 5, style);
            chart.draw_series(line)?.label(*name).legend(move |at| legend(at, colour));
        } else {
            let line = LineSeries::new(points.iter().copied(), style);
            chart.draw_series(line)?.label(*name).legend(move |at| legend(at, colour));
        }
        let marks = points.iter().map(|&point| if dashed { mark(point, 5, colour) } else { mark(point, 3, colour) });
        chart.draw_series(marks)?;
    }
    let labels = &mut chart.configure_series_labels();
    labels
        .position(SeriesLabelPosition::UpperLeft)
        .label_font(FONT)
        .background_style(WHITE)
        .border_style(BLACK.mix(0.3));
    labels.draw()?;
    Ok(area.present()?)
}

fn legend((x, y): (i32, i32), colour: RGBColor) -> Circle<(i32, i32), i32> {
    let radius = if colour == COLOURS[0] { 3 } else { 5 };
    Circle::new((x + 10, y), radius, filled(colour))
}

fn mark(at: (u32, f64), radius: i32, colour: RGBColor) -> Circle<(u32, f64), i32> {
    Circle::new(at, radius, filled(colour))
}

/// The second line has open marks.
fn filled(colour: RGBColor) -> ShapeStyle {
    if colour == COLOURS[0] { colour.filled() } else { colour.stroke_width(2) }
}
