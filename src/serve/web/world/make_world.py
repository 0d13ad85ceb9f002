"""Makes world.js: outlines of the land and a place for each country, projected and rounded.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    pip install pycountry==26.2.16
    python3 make_world.py package/countries-110m.json package/countries-50m.json > ../world.js

The outlines are Natural Earth's (4.1.0, public domain), as the npm package redistributes them: the coarse ones are
drawn, of the finer ones only the middle of each country is kept, as the coarse ones lack the small countries.
The projection is Equal Earth (Šavrič, Patterson and Jenny 2018, doi:10.1080/13658816.2018.1504949): areas are true.
"""

import json
import math
import sys

import pycountry

WIDTH = 1000
# Areas without a code in Natural Earth that country databases name by one of their own.
OWN = {"Kosovo": "XK"}
# Nobody lives there, and half a map's height of ice says nothing of a population.
LEFT_OUT = {"Antarctica"}
A = (1.340264, -0.081106, 0.000893, 0.003796)
HALF = math.pi * math.sqrt(3) * 2 / 3 / A[0]


def project(longitude, latitude):
    """Degrees to the map's own units: x from 0 to WIDTH, y downwards, both real."""
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    square = theta * theta
    six = square**3
    slope = A[0] + 3 * A[1] * square + six * (7 * A[2] + 9 * A[3] * square)
    x = 2 / 3 * math.sqrt(3) * math.radians(longitude) * math.cos(theta) / slope
    y = theta * (A[0] + A[1] * square + six * (A[2] + A[3] * square))
    return WIDTH / 2 * (1 + x / HALF), -WIDTH / 2 * y / HALF


def rings(topology, geometry):
    """The outer rings of a geometry, as degrees."""
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]

    def arc(index):
        x = y = 0
        points = []
        for dx, dy in topology["arcs"][index if index >= 0 else ~index]:
            x, y = x + dx, y + dy
            points.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
        return points if index >= 0 else points[::-1]

    polygons = {"Polygon": [geometry.get("arcs")], "MultiPolygon": geometry.get("arcs")}
    for polygon in polygons[geometry["type"]]:
        ring = []
        for index in polygon[0]:
            ring += arc(index)[1 if ring else 0 :]
        yield ring


def area_and_middle(ring):
    """Of a ring of map units: its area without sign, and its centroid."""
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1]):
        cross = x0 * y1 - x1 * y0
        area += cross / 2
        x += (x0 + x1) * cross / 6
        y += (y0 + y1) * cross / 6
    return (abs(area), (x / area, y / area)) if area else (0.0, ring[0])


def projected(topology, geometry):
    return [[project(*point) for point in ring] for ring in rings(topology, geometry)]


def pieces(ring):
    """A ring of map units, cut where it goes on at the other edge of the map."""
    piece = []
    for point in ring:
        if piece and abs(point[0] - piece[-1][0]) > WIDTH / 2:
            yield piece
            piece = []
        piece.append(point)
    yield piece


def path(piece, top):
    """Whole numbers, each point as its distance from the one before; what does not move is left out."""
    points = [(round(x), round(y - top)) for x, y in piece]
    steps, (x, y) = [], points[0]
    for at_x, at_y in points[1:]:
        if (at_x, at_y) != (x, y):
            steps.append(f"{at_x - x} {at_y - y}")
            x, y = at_x, at_y
    start = f"M{points[0][0]} {points[0][1]}"
    return f"{start}l{' '.join(steps)}z".replace(" -", "-") if len(steps) > 2 else ""


def code(geometry):
    name = geometry["properties"]["name"]
    if name in OWN:
        return OWN[name]
    known = pycountry.countries.get(numeric=geometry.get("id") or "")
    return known.alpha_2 if known else None


def main(coarse, fine):
    with open(coarse) as file:
        coarse = json.load(file)
    with open(fine) as file:
        fine = json.load(file)
    drawn = []
    for geometry in coarse["objects"]["countries"]["geometries"]:
        if geometry["properties"]["name"] not in LEFT_OUT:
            drawn += projected(coarse, geometry)
    heights = [y for ring in drawn for _, y in ring]
    top, height = min(heights) - 4, max(heights) - min(heights) + 8
    places = {}
    for geometry in fine["objects"]["countries"]["geometries"]:
        found = code(geometry)
        if found and geometry["properties"]["name"] not in LEFT_OUT:
            _, (x, y) = max(area_and_middle(piece) for ring in projected(fine, geometry) for piece in pieces(ring))
            places[found] = [round(x), round(y - top)]
    land = "".join(path(piece, top) for ring in drawn for piece in pieces(ring))
    print("// Made by world/make_world.py from Natural Earth, which is in the public domain; in the Equal Earth projection.")
    print(f"\nexport const WIDTH = {WIDTH};\nexport const HEIGHT = {round(height)};")
    print("\n/** The countries' outlines, as the path of a drawing. */")
    print(f'export const LAND = "{land}";')
    print("\n/** The middle of each country's largest piece, by the country's code of two letters. */")
    rows = [f"  {name}: {places[name]}," for name in sorted(places)]
    print("export const PLACES = {\n" + "\n".join(rows) + "\n};")


main(*sys.argv[1:])
