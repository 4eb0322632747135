import analysis from './analysis.json'
import common from './common.json'
import customers from './customers.json'
import figure from './figure.json'
import imports from './imports.json'
import lists from './lists.json'
import orders from './orders.json'
import products from './products.json'
import recover from './recover.json'
import settings from './settings.json'
import today from './today.json'
import welcome from './welcome.json'

export default { analysis, common, customers, figure, imports, lists, orders, products, recover, settings, today, welcome }
